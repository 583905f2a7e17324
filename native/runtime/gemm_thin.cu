// Few rows (decoding): the time is that of reading b, so b is read once for every kRows rows, by many warps.
// A block makes kRows x 32 elements of c; a lane holds one column in registers, and each of the block's 8
// warps takes every eighth slice of K. A warp copies 16 steps of k into shared memory of its own while it
// multiplies the 16 before, with no barrier of the block; a's elements are the same for all lanes. The sums
// of the slices meet in shared memory and are added in the order of k. 16 rows: then all of it stays
// below the 99 KB that every architecture gives to a block.
#include "gemm_operand.h"

namespace anacrusis::cuda {
namespace {

constexpr int kWarps = 8, kThreads = kWarps * kWarp;
constexpr int kChunk = 16, kChunks = kGemmSlice / kChunk;  // steps of k at a time; chunks of a slice

template <int kRows, bool kAlongB>
constexpr int kBufferElements = kTileElements<true, kRows, kChunk> + kTileElements<kAlongB, kWarp, kChunk>;

// out[s] = b at column `lane` of the chunk and its k + s.
template <bool kAlongB, class T>
DEVICE void column_of(const T* chunk, int lane, int k, float (&out)[4]) {
  if constexpr (kAlongB) {
    const auto four = *reinterpret_cast<const Vec<T, 4>*>(chunk + lane * kPitch<true, kWarp, kChunk> + k);
    UNROLL
    for (int s = 0; s < 4; ++s) out[s] = math::to_float(four.v[s]);
  } else {
    UNROLL
    for (int s = 0; s < 4; ++s) out[s] = math::to_float(chunk[(k + s) * kPitch<false, kWarp, kChunk> + lane]);
  }
}

template <int kRows, bool kAlongB, class T>
DEVICE void multiply_chunk(const T* a, const T* b, int lane, float (&sums)[kRows]) {
  UNROLL
  for (int k = 0; k < kChunk; k += 4) {
    float right[4];
    column_of<kAlongB>(b, lane, k, right);
    UNROLL
    for (int r = 0; r < kRows; ++r) {
      const auto left = *reinterpret_cast<const Vec<T, 4>*>(a + r * kPitch<true, kRows, kChunk> + k);
      UNROLL
      for (int s = 0; s < 4; ++s) sums[r] += math::to_float(left.v[s]) * right[s];
    }
  }
}

template <class T, int kRows, bool kAlongB>
KERNEL_BOUNDS(kThreads, 2) thin(Gemm g, Operand<T, true> a, Operand<T, kAlongB> b, void* c) {
  DYNAMIC_SHARED(float, slice_sums);  // [kWarps][kRows][32], then the warps' buffers
  constexpr int kBuffer = kBufferElements<kRows, kAlongB>, kElements = kRows * kWarp;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarp, lane = thread % kWarp;
  T* const buffers = reinterpret_cast<T*>(slice_sums + kWarps * kElements) + warp * 2 * kBuffer;
  const T *const all_a = a.data, *const all_b = b.data;
  const int64_t across = (g.N + kWarp - 1) / kWarp, down = (g.M + kRows - 1) / kRows;
  const int64_t slices = (g.K + kGemmSlice - 1) / kGemmSlice, rounds = (slices + kWarps - 1) / kWarps;
  for (int64_t index = blockIdx.x; index < g.batch * down * across; index += gridDim.x) {
    const int64_t first_column = index % across * kWarp, first_row = index / across % down * kRows;
    const int64_t matrix = index / across / down;
    a.data = all_a + matrix * g.a_step, b.data = all_b + matrix * g.b_step;
    const auto k_of = [&](int64_t chunk) {
      return (chunk / kChunks * kWarps + warp) * kGemmSlice + chunk % kChunks * kChunk;
    };
    const auto fetch_chunk = [&](int64_t chunk) {
      const int64_t k = k_of(chunk);
      if (k >= g.K) return;
      T* const buffer = buffers + chunk % 2 * kBuffer;
      fetch<kRows, kChunk, kWarp>(a, buffer, first_row, k, g.K, lane);
      fetch<kWarp, kChunk, kWarp>(b, buffer + kTileElements<true, kRows, kChunk>, first_column, k, g.K, lane);
      copy_async_commit();
    };
    float sums[kRows] = {}, totals[kRows / kWarps] = {};
    if (rounds > 0) fetch_chunk(0);
    for (int64_t chunk = 0; chunk < rounds * kChunks; ++chunk) {
      copy_async_wait<0>();
      sync_warp();
      if (chunk + 1 < rounds * kChunks) fetch_chunk(chunk + 1);
      const T* const buffer = buffers + chunk % 2 * kBuffer;
      if (k_of(chunk) < g.K) {
        multiply_chunk<kRows, kAlongB>(buffer, buffer + kTileElements<true, kRows, kChunk>, lane, sums);
      }
      if ((chunk + 1) % kChunks != 0) continue;
      UNROLL
      for (int r = 0; r < kRows; ++r) {
        slice_sums[warp * kElements + r * kWarp + lane] = sums[r];
        sums[r] = 0.0f;
      }
      sync_threads();
      UNROLL
      for (int i = 0; i < kRows / kWarps; ++i) {
        for (int w = 0; w < kWarps; ++w) totals[i] += slice_sums[w * kElements + i * kThreads + thread];
      }
      sync_threads();
    }
    UNROLL
    for (int i = 0; i < kRows / kWarps; ++i) {
      const int64_t row = first_row + i * kWarps + warp, column = first_column + lane;
      if (row < g.M && column < g.N) store_product(g, c, matrix, row, column, totals[i]);
    }
  }
}

template <int kRows>
void run_rows(const Stream& stream, const Gemm& g, const void* a, const void* b, void* c) {
  const int64_t blocks = g.batch * ((g.M + kRows - 1) / kRows) * ((g.N + kWarp - 1) / kWarp);
  constexpr int64_t kMost = int64_t{1} << 20;
  const auto grid = static_cast<uint32_t>(blocks < kMost ? blocks : kMost);
  const auto run = [&](auto type, auto along_b) {
    using T = decltype(type);
    constexpr bool kAlongB = along_b;
    constexpr uint32_t kSums = kWarps * kRows * kWarp * sizeof(float);
    constexpr uint32_t kBuffers = kWarps * 2 * kBufferElements<kRows, kAlongB> * sizeof(T);
    const auto left = operand<T, true>(a, g.M, g.K, g.lda, 0, g.a_step);
    const auto right = operand<T, kAlongB>(b, columns_of_b(g), g.K, g.ldb, g.b_panel, g.b_step);
    launch<thin<T, kRows, kAlongB>>(stream, {grid, kThreads, kSums + kBuffers}, g, left, right, c);
  };
  for_float_type(g.type, [&](auto type) {
    if (g.transpose_b && g.b_panel == 0) run(type, std::true_type{});
    else run(type, std::false_type{});
  });
}

}  // namespace

void thin_gemm(const Stream& stream, const Gemm& g, const void* a, const void* b, void* c) {
  g.M <= 8 ? run_rows<8>(stream, g, a, b, c) : run_rows<16>(stream, g, a, b, c);
}

}  // namespace anacrusis::cuda
