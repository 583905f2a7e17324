// Sums over the rows of a matrix, column by column: every part of the rows by a block (32 columns, 8 rows
// side by side, float32), then the parts in order (float64). The cut depends on the sizes alone.
#pragma once

#include "kernel.h"

namespace anacrusis::cuda {

constexpr int kSumColumns = 32, kSumRows = 8;

// term(row, column, sums) adds what an element gives to each of kSums sums.
template <int kSums, class Term>
KERNEL_BOUNDS(kSumColumns* kSumRows, 2)
column_parts(int64_t N, int64_t D, int64_t parts, int64_t length, Term term, float* out) {
  SHARED(float, shared, [kSums][kSumRows][kSumColumns]);
  const int lane = static_cast<int>(threadIdx.x) % kSumColumns, side = static_cast<int>(threadIdx.x) / kSumColumns;
  const int64_t across = (D + kSumColumns - 1) / kSumColumns;
  for (int64_t index = blockIdx.x; index < parts * across; index += gridDim.x) {
    const int64_t part = index / across, column = index % across * kSumColumns + lane;
    const int64_t begin = part * length, end = smaller(N, begin + length);
    float sums[kSums] = {};
    if (column < D) {
      for (int64_t row = begin + side; row < end; row += kSumRows) term(row, column, sums);
    }
    UNROLL
    for (int s = 0; s < kSums; ++s) shared[s][side][lane] = sums[s];
    sync_threads();
    if (side < kSums && column < D) {
      float sum = 0.0f;
      for (int r = 0; r < kSumRows; ++r) sum += shared[side][r][lane];
      out[(part * kSums + side) * D + column] = sum;
    }
    sync_threads();
  }
}

// finish(column, totals).
template <int kSums, class Finish>
KERNEL column_totals(int64_t D, int64_t parts, const float* sums, Finish finish) {
  const int64_t column = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (column >= D) return;
  double totals[kSums] = {};
  for (int64_t part = 0; part < parts; ++part) {
    UNROLL
    for (int s = 0; s < kSums; ++s) totals[s] += sums[(part * kSums + s) * D + column];
  }
  finish(column, totals);
}

template <int kSums, class Term, class Finish>
void column_sums(const Stream& stream, int64_t N, int64_t D, const Term& term, const Finish& finish) {
  constexpr int64_t kBlocks = 1024, kLeastRows = 64, kMost = int64_t{1} << 20;
  static_assert(kSums <= kSumRows);
  if (D <= 0) return;
  const int64_t across = (D + kSumColumns - 1) / kSumColumns;
  const int64_t wanted = larger(1, kBlocks / across), most = smaller(wanted, (N + kLeastRows - 1) / kLeastRows);
  const int64_t length = most > 0 ? (N + most - 1) / most : 1, parts = (N + length - 1) / length;
  const DeviceScratch<float> sums(stream, parts * kSums * D);
  const int64_t blocks = smaller(parts * across, kMost);
  launch<column_parts<kSums, Term>>(stream, {static_cast<uint32_t>(blocks), kSumColumns * kSumRows}, N, D, parts,
                                    length, term, sums.data());
  constexpr int64_t kThreads = 128;
  launch<column_totals<kSums, Finish>>(stream, {static_cast<uint32_t>((D + kThreads - 1) / kThreads), kThreads}, D,
                                       parts, static_cast<const float*>(sums.data()), finish);
}

}  // namespace anacrusis::cuda
