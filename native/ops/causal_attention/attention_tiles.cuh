// What the attention kernels, forward and backward, are made of.
//
// The rows of a sequence are its pairs (position, query head of the group), positions slowest: row r is
// position r / G and sees the keys 0 .. r / G. So a tile of rows shares the keys of its group, and short
// sequences fill a tile with several heads.
//
// Products of float32 run on the TF32 tensor cores: x = high + low, 11 significant bits each, and
// a b = low high + high low + high high in float32 sums; what is left out is 2^-21 of |a| |b|.
#pragma once

#include <vector>

#include "math/exp.h"
#include "math/float16.h"
#include "runtime/kernel.h"
#include "runtime/view.h"

namespace anacrusis::cuda {

// One block's part of a sequence: its first row, or key, and the sequence's tokens.
struct AttentionTile {
  int64_t begin;
  int32_t first, length;
};

// Tiles of `size` over `per_token` rows a token of every sequence; the last of each sequence first when
// those take longest.
inline std::vector<AttentionTile> attention_tiles(const View<const int32_t>& offsets, int64_t S,
                                                  int64_t per_token, int64_t size, bool last_first) {
  std::vector<AttentionTile> tiles;
  for (int64_t s = 0; s < S; ++s) {
    const int32_t first = offsets[s], length = offsets[s + 1] - first;
    const int64_t count = (length * per_token + size - 1) / size;
    for (int64_t i = 0; i < count; ++i) {
      tiles.push_back({(last_first ? count - 1 - i : i) * size, first, length});
    }
  }
  return tiles;
}

// Where rows and keys of one sequence and one key head lie in [T,H,D] and [T,Hkv,D].
struct HeadRows {
  int64_t H, Hkv, D, G, kv, first, length;

  template <class Op>
  FORMULA_METHOD HeadRows(const Op& a, int64_t kv_head, const AttentionTile& tile)
      : H(a.H), Hkv(a.Hkv), D(a.D), G(a.H / a.Hkv), kv(kv_head), first(tile.first), length(tile.length) {}

  FORMULA_METHOD int64_t rows() const { return length * G; }
  FORMULA_METHOD int64_t token(int64_t row) const { return first + row / G; }
  FORMULA_METHOD int64_t head(int64_t row) const { return kv * G + row % G; }
  FORMULA_METHOD int64_t row_offset(int64_t row) const {
    return row < rows() ? (token(row) * H + head(row)) * D : -1;
  }
  FORMULA_METHOD int64_t key_offset(int64_t key) const {
    return key < length ? ((first + key) * Hkv + kv) * D : -1;
  }
};

struct Tf32Pair {
  uint32_t high, low;
};

DEVICE Tf32Pair split_tf32(float x) {
  math::FloatBits high{x}, low{};
  high.bits &= 0xffffe000u;
  low.value = x - high.value;
  return {high.bits, low.bits};
}

// A 16x8 operand in the order of mma_16x8x8_tf32's registers.
struct Tf32Operand {
  uint32_t high[4], low[4];
};

DEVICE Tf32Operand tf32_operand(float a0, float a1, float a2, float a3) {
  const Tf32Pair pairs[4] = {split_tf32(a0), split_tf32(a1), split_tf32(a2), split_tf32(a3)};
  Tf32Operand a;
  UNROLL
  for (int i = 0; i < 4; ++i) {
    a.high[i] = pairs[i].high;
    a.low[i] = pairs[i].low;
  }
  return a;
}

// d += a b
DEVICE void multiply_add(float (&d)[4], const Tf32Operand& a, float b0, float b1) {
  const Tf32Pair first = split_tf32(b0), second = split_tf32(b1);
  const uint32_t high[2] = {first.high, second.high}, low[2] = {first.low, second.low};
  mma_16x8x8_tf32(d, a.low, high);
  mma_16x8x8_tf32(d, a.high, low);
  mma_16x8x8_tf32(d, a.high, high);
}

// Tiles in shared memory are [row][kStride<kHead>]: 4 floats of padding keep the lanes of a product on
// different banks, whether they read along a row or down the rows.
template <int kHead>
constexpr int kStride = kHead + 4;

// acc += A B^T: the warp's 16 rows of A and 8 kTiles rows of B, both kHead wide.
template <int kHead, int kTiles>
DEVICE void add_scores(float (&acc)[kTiles][4], const float* a, const float* b) {
  const int lane = threadIdx.x % kWarp, place = lane / 4 * kStride<kHead> + lane % 4;
  UNROLL
  for (int d = 0; d < kHead; d += 8) {
    const float *const upper = a + place + d, *const lower = upper + 8 * kStride<kHead>;
    const Tf32Operand operand = tf32_operand(upper[0], lower[0], upper[4], lower[4]);
    UNROLL
    for (int n = 0; n < kTiles; ++n) {
      const float* const from = b + n * 8 * kStride<kHead> + place + d;
      multiply_add(acc[n], operand, from[0], from[4]);
    }
  }
}

// acc += W B: W the 16 x 8 result of add_scores where it lies, B [8][..] from `b` on. The order of the summed
// index is free: columns 2t and 2t + 1 of a result stand for t and t + 4 of an operand.
template <int kHead, int kColumns>
DEVICE void add_weighted_step(float (&acc)[kColumns][4], const float (&w)[4], const float* b) {
  const int lane = threadIdx.x % kWarp;
  const float* const corner = b + lane % 4 * 2 * kStride<kHead> + lane / 4;
  const Tf32Operand operand = tf32_operand(w[0], w[2], w[1], w[3]);
  UNROLL
  for (int n = 0; n < kColumns; ++n) multiply_add(acc[n], operand, corner[8 * n], corner[8 * n + kStride<kHead>]);
}

// The same with 8 kTiles columns of W and rows of B.
template <int kHead, int kTiles, int kColumns>
DEVICE void add_weighted(float (&acc)[kColumns][4], const float (&w)[kTiles][4], const float* b) {
  UNROLL
  for (int k = 0; k < kTiles; ++k) add_weighted_step<kHead>(acc, w[k], b + k * 8 * kStride<kHead>);
}

// Starts copying kRows rows of D floats, filled up with zeros to kHead; offset(i) is where row i begins, -1
// for a row of zeros. `wide`: rows begin and end on 16 bytes.
template <int kHead, int kRows, int kThreads, class Offset>
DEVICE void copy_rows(float* to, const float* from, int64_t D, bool wide, const Offset& offset) {
  static_assert(kThreads % kRows == 0);
  constexpr int kPerRow = kThreads / kRows;
  const int row = static_cast<int>(threadIdx.x) / kPerRow, part = static_cast<int>(threadIdx.x) % kPerRow;
  const int64_t begin = offset(row);
  float* const line = to + row * kStride<kHead>;
  if (wide) {
    for (int d = 4 * part; d < kHead; d += 4 * kPerRow) {
      const bool valid = begin >= 0 && d < D;
      copy_async<16>(line + d, valid ? from + begin + d : from, valid);
    }
    return;
  }
  NO_UNROLL
  for (int d = part; d < kHead; d += kPerRow) {
    const bool valid = begin >= 0 && d < D;
    copy_async<4>(line + d, valid ? from + begin + d : from, valid);
  }
}

// Writes the warp's 16 x 8 kColumns result: offset(row) is where a row of the result goes, -1: nowhere;
// columns from `column` on, D of them in all.
template <int kColumns, class Offset>
DEVICE void store_rows(float* to, const float (&acc)[kColumns][4], float upper, float lower, int64_t column,
                       int64_t D, const Offset& offset) {
  const int lane = threadIdx.x % kWarp;
  UNROLL
  for (int half = 0; half < 2; ++half) {
    const int64_t begin = offset(lane / 4 + 8 * half);
    if (begin < 0) continue;
    const float factor = half == 0 ? upper : lower;
    UNROLL
    for (int n = 0; n < kColumns; ++n) {
      const int64_t d = column + 8 * n + lane % 4 * 2;
      if (d < D) to[begin + d] = acc[n][2 * half] * factor;
      if (d + 1 < D) to[begin + d + 1] = acc[n][2 * half + 1] * factor;
    }
  }
}

// Softmax of the two rows, lane / 4 and lane / 4 + 8 of a warp's 16, that a lane has a share of.
struct OnlineSoftmax {
  float top[2] = {-INFINITY, -INFINITY};
  float total[2] = {0.0f, 0.0f};  // of this lane's columns
};

// Scores become exp(score - largest so far); columns from seen[row] on are not seen. Returns in `factor` what
// everything before is to be multiplied by.
template <int kTiles>
DEVICE void softmax_step(OnlineSoftmax& softmax, float (&s)[kTiles][4], float scale, const int (&seen)[2],
                         float (&factor)[2]) {
  UNROLL
  for (int row = 0; row < 2; ++row) {
    float top = softmax.top[row];
    UNROLL
    for (int i = 0; i < 2 * kTiles; ++i) {
      float& score = s[i / 2][2 * row + i % 2];
      const int column = i / 2 * 8 + static_cast<int>(threadIdx.x) % 4 * 2 + i % 2;
      score = column < seen[row] ? scale * score : -INFINITY;
      top = score > top ? score : top;
    }
    UNROLL
    for (int delta = 1; delta < 4; delta *= 2) {
      const float other = shfl_xor(top, delta);
      top = other > top ? other : top;
    }
    factor[row] = math::exp(softmax.top[row] - top);
    softmax.top[row] = top;
    float total = softmax.total[row] * factor[row];
    UNROLL
    for (int i = 0; i < 2 * kTiles; ++i) {
      float& score = s[i / 2][2 * row + i % 2];
      score = math::exp(score - top);
      total += score;
    }
    softmax.total[row] = total;
  }
}

template <int kColumns>
DEVICE void scale_rows(float (&acc)[kColumns][4], const float (&factor)[2]) {
  UNROLL
  for (int n = 0; n < kColumns; ++n) {
    UNROLL
    for (int i = 0; i < 4; ++i) acc[n][i] *= factor[i / 2];
  }
}

// Keys of a tile that passes by rows which stay.
template <int kHead>
constexpr int kKeys = kHead <= 96 ? 32 : kHead <= 128 ? 16 : 8;

// Calls f.operator()<kHead>() with the smallest head size of the kernels that holds D.
template <class F>
void for_head_size(int64_t D, const F& f) {
  if (D <= 32) f.template operator()<32>();
  else if (D <= 64) f.template operator()<64>();
  else if (D <= 96) f.template operator()<96>();
  else if (D <= 128) f.template operator()<128>();
  else f.template operator()<256>();
}

inline bool on_16_bytes(const void* a, const void* b, const void* c, const void* d, int64_t D) {
  const auto bits = reinterpret_cast<uintptr_t>(a) | reinterpret_cast<uintptr_t>(b) |
                    reinterpret_cast<uintptr_t>(c) | reinterpret_cast<uintptr_t>(d);
  return bits % 16 == 0 && D % 4 == 0;
}

}  // namespace anacrusis::cuda
