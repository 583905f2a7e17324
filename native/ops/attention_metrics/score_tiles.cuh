// Tiles of scores on the tensor cores: a block keeps kRows rows (queries or keys) and walks over rows of the
// other kind, kColumns at a time, two tiles in flight. Scores stay in registers: a lane has those of rows
// lane / 4 and lane / 4 + 8 of each slab of 16, columns 2 (lane % 4) and the next of each eight.
//
// 16-bit elements are multiplied as they are. A float32 is split into two TF32 numbers, and three of the four
// products are added: what is left out is below 2^-22 of the product.
#pragma once

#include "runtime/kernel.h"

namespace anacrusis::cuda {
namespace {

constexpr int kWarps = 4, kThreads = kWarps * kWarp;

// Sizes for heads of at most kD elements. All of it in shared memory is below the 99 KB that a block has on
// every architecture from sm_80 on; with 16-bit elements and kD <= 128 the kept rows move to registers.
template <class T, int kD>
struct TileShape {
  static constexpr bool kHalf = sizeof(T) == 2, kSmall = kD <= 128, kInRegisters = kHalf && kSmall;
  static constexpr int kSlabs = kInRegisters ? 2 : 1;  // of 16 rows, per warp
  static constexpr int kRows = 16 * kSlabs * kWarps;
  static constexpr int kColumns = kHalf ? (kSmall ? 64 : 32) : (kSmall ? 32 : 16);
  static constexpr int kTiles = kColumns / 8, kSteps = kD / 16;
  // 16 bytes more than a row has: the eight rows of an ldmatrix, or of a fragment, lie in different banks.
  static constexpr int kPiece = 16 / sizeof(T), kStride = kD + kPiece;
  static constexpr uint32_t kBytes =
      (kRows + 2 * kColumns) * kStride * sizeof(T) + 2 * kColumns * sizeof(float);
  using Scores = float[kSlabs][kTiles][4];
  using Kept = uint32_t[kInRegisters ? kSteps : 1][kSlabs][4];
};

// Rows of one head of one sequence.
template <class T>
struct HeadRows {
  const T* data;
  int64_t step;  // elements from row to row
  int32_t D;
  bool vectors;  // rows begin at multiples of 16 bytes, and so does their end
};

// `count` rows from row `first` on; zeros for those from `valid` on and for elements from D on.
template <class T, int kD>
DEVICE void load_rows(T* shared, const HeadRows<T>& rows, int64_t first, int count, int64_t valid) {
  using Shape = TileShape<T, kD>;
  const T* const from = rows.data + first * rows.step;
  if (rows.vectors) {
    constexpr int kPieces = kD / Shape::kPiece;
    for (int i = static_cast<int>(threadIdx.x); i < count * kPieces; i += kThreads) {
      const int row = i / kPieces, d = i % kPieces * Shape::kPiece;
      const bool there = row < valid && d < rows.D;
      copy_async<16>(shared + row * Shape::kStride + d, there ? from + row * rows.step + d : from, there);
    }
    return;
  }
  NO_UNROLL
  for (int i = static_cast<int>(threadIdx.x); i < count * kD; i += kThreads) {
    const int row = i / kD, d = i % kD;
    shared[row * Shape::kStride + d] = row < valid && d < rows.D ? from[row * rows.step + d] : T{};
  }
}

// The slabs of this warp.
template <class T, int kD>
DEVICE void keep_rows(typename TileShape<T, kD>::Kept& kept, const T* shared) {
  using Shape = TileShape<T, kD>;
  if constexpr (Shape::kInRegisters) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp, warp = static_cast<int>(threadIdx.x) / kWarp;
    UNROLL
    for (int step = 0; step < Shape::kSteps; ++step) {
      UNROLL
      for (int slab = 0; slab < Shape::kSlabs; ++slab) {
        const int row = (warp * Shape::kSlabs + slab) * 16 + lane % 16;
        ldmatrix_x4(kept[step][slab], shared + row * Shape::kStride + step * 16 + lane / 16 * 8);
      }
    }
  }
}

// d += rows x columns^T over one step of 16 elements.
template <class T, int kD>
DEVICE void multiply_halves(typename TileShape<T, kD>::Scores& d, const uint32_t (&a)[TileShape<T, kD>::kSlabs][4],
                            const T* columns) {
  using Shape = TileShape<T, kD>;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  UNROLL
  for (int n = 0; n < Shape::kTiles; n += 2) {
    uint32_t b[4];
    ldmatrix_x4(b, columns + (n * 8 + lane / 16 * 8 + lane % 8) * Shape::kStride + lane / 8 % 2 * 8);
    const uint32_t left[2] = {b[0], b[1]}, right[2] = {b[2], b[3]};
    UNROLL
    for (int slab = 0; slab < Shape::kSlabs; ++slab) {
      mma_16x8x16(d[slab][n], a[slab], left, T{});
      mma_16x8x16(d[slab][n + 1], a[slab], right, T{});
    }
  }
}

// x = high + low, to 2^-22 of x; both are exact in TF32's 11 bits, high is rounded to nearest.
DEVICE void split(float x, uint32_t& high, uint32_t& low) {
  math::FloatBits whole{x}, rest{};
  high = (whole.bits + 0x1000u) & 0xffffe000u;
  whole.bits = high;
  rest.value = x - whole.value;
  low = rest.bits;
}

template <int kD>
DEVICE void multiply_floats(typename TileShape<float, kD>::Scores& d, const float* rows, const float* columns) {
  using Shape = TileShape<float, kD>;
  const int lane = static_cast<int>(threadIdx.x) % kWarp, g = lane / 4, i = lane % 4;
  const int warp_row = static_cast<int>(threadIdx.x) / kWarp * 16;
  for (int k = 0; k < kD; k += 8) {
    uint32_t high[4], low[4];
    UNROLL
    for (int r = 0; r < 4; ++r) {
      split(rows[(warp_row + g + r % 2 * 8) * Shape::kStride + k + i + r / 2 * 4], high[r], low[r]);
    }
    UNROLL
    for (int n = 0; n < Shape::kTiles; ++n) {
      uint32_t b_high[2], b_low[2];
      UNROLL
      for (int r = 0; r < 2; ++r) split(columns[(n * 8 + g) * Shape::kStride + k + i + r * 4], b_high[r], b_low[r]);
      mma_16x8x8_tf32(d[0][n], low, b_high);
      mma_16x8x8_tf32(d[0][n], high, b_low);
      mma_16x8x8_tf32(d[0][n], high, b_high);
    }
  }
}

// d = rows x columns^T; the rows are in `kept`, or where those are none in `shared`.
template <class T, int kD>
DEVICE void multiply_tile(typename TileShape<T, kD>::Scores& d, const typename TileShape<T, kD>::Kept& kept,
                          const T* shared, const T* columns) {
  using Shape = TileShape<T, kD>;
  UNROLL
  for (int i = 0; i < Shape::kSlabs * Shape::kTiles * 4; ++i) {
    d[i / 4 / Shape::kTiles][i / 4 % Shape::kTiles][i % 4] = 0.0f;
  }
  if constexpr (!Shape::kHalf) {
    multiply_floats<kD>(d, shared, columns);
  } else {
    UNROLL
    for (int step = 0; step < Shape::kSteps; ++step) {
      if constexpr (Shape::kInRegisters) {
        multiply_halves<T, kD>(d, kept[step], columns + step * 16);
      } else {
        const int lane = static_cast<int>(threadIdx.x) % kWarp, warp = static_cast<int>(threadIdx.x) / kWarp;
        uint32_t a[1][4];
        ldmatrix_x4(a[0], shared + (warp * 16 + lane % 16) * Shape::kStride + step * 16 + lane / 16 * 8);
        multiply_halves<T, kD>(d, a, columns + step * 16);
      }
    }
  }
}

// Row of the block of this lane's row i (0 .. 2 kSlabs - 1), and the column of its element e of tile n.
template <int kSlabs>
DEVICE int row_of(int i) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp, warp = static_cast<int>(threadIdx.x) / kWarp;
  return (warp * kSlabs + i / 2) * 16 + i % 2 * 8 + lane / 4;
}
DEVICE int column_of(int n, int e) { return n * 8 + static_cast<int>(threadIdx.x) % 4 * 2 + e; }

// Over the four lanes that share a row.
DEVICE float quad_sum(float x) {
  x += shfl_xor(x, 1);
  return x + shfl_xor(x, 2);
}
DEVICE float quad_max(float x) {
  UNROLL
  for (int delta = 1; delta < 4; delta *= 2) {
    const float other = shfl_xor(x, delta);
    x = other > x ? other : x;
  }
  return x;
}

}  // namespace
}  // namespace anacrusis::cuda
