// Attention with heads too wide for the tiles: a warp per row, nothing kept but a slice of 256 columns of
// its result, and the scores computed anew for every slice.
#pragma once

#include "math/exp.h"
#include "math/log.h"
#include "runtime/kernel.h"

namespace anacrusis::cuda {

constexpr int64_t kWidestTile = 256;
constexpr int kSlice = 8;  // columns of a lane
constexpr int kWideThreads = 128;

DEVICE float warp_dot(const float* x, const float* y, int64_t D) {
  float sum = 0.0f;
  for (int64_t d = threadIdx.x % kWarp; d < D; d += kWarp) sum += x[d] * y[d];
  return warp_sum(sum);
}

// sums += factor * x, columns of this lane from `column` on.
DEVICE void add_slice(float (&sums)[kSlice], float factor, const float* x, int64_t column, int64_t D) {
  UNROLL
  for (int i = 0; i < kSlice; ++i) {
    const int64_t d = column + i * kWarp + threadIdx.x % kWarp;
    if (d < D) sums[i] += factor * x[d];
  }
}

DEVICE void store_slice(float* to, const float (&sums)[kSlice], float factor, int64_t column, int64_t D) {
  UNROLL
  for (int i = 0; i < kSlice; ++i) {
    const int64_t d = column + i * kWarp + threadIdx.x % kWarp;
    if (d < D) to[d] = sums[i] * factor;
  }
}

// The last sequence that begins at or before the token.
DEVICE int64_t sequence_of(const int32_t* offsets, int64_t S, int64_t token) {
  int64_t low = 0, high = S;
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    if (offsets[middle] <= token) low = middle;
    else high = middle;
  }
  return low;
}

// Calls kernel(row) for every row, a warp each, all lanes together.
template <class Row>
KERNEL_BOUNDS(kWideThreads, 1) each_wide_row(int64_t rows, Row kernel) {
  const int64_t stride = static_cast<int64_t>(gridDim.x) * (kWideThreads / kWarp);
  int64_t row = static_cast<int64_t>(blockIdx.x) * (kWideThreads / kWarp) + threadIdx.x / kWarp;
  for (; row < rows; row += stride) kernel(row);
}

template <class Row>
void wide_rows(const Stream& stream, int64_t rows, const Row& kernel) {
  constexpr int64_t kPerBlock = kWideThreads / kWarp, kMostBlocks = int64_t{1} << 20;
  const int64_t blocks = (rows + kPerBlock - 1) / kPerBlock;
  launch<each_wide_row<Row>>(
      stream, {static_cast<uint32_t>(blocks < kMostBlocks ? blocks : kMostBlocks), kWideThreads}, rows, kernel);
}

}  // namespace anacrusis::cuda
