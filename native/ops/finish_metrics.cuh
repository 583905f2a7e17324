// The last kernel of a loss with metrics.
#pragma once

#include "exact_add.cuh"

namespace anacrusis::cuda {

constexpr int kMetricsBlock = 256;

// One block: the sum of n partial losses over the denominator, to the same bits in any order, and where words is not null
// the sum itself; metrics [n][kMetrics] of the parts, sums in order but for the one at kLargest; the first is the numerator.
template <int kMetrics, int kLargest>
KERNEL finish_metrics(const double* partials, const double* parts, int64_t n, double denominator, double* loss,
                      double* metrics, int32_t* words) {
  SHARED(double, warps, [kMetricsBlock / kWarp]);
  SHARED(uint64_t, limbs, [math::kExactLimbs]);
  SHARED(int32_t, flags, [3]);
  sum_exactly(partials, n, limbs, flags);
  for (int m = 1; m < kMetrics; ++m) {
    double value = 0.0;
    for (int64_t i = threadIdx.x; i < n; i += kMetricsBlock) {
      const double other = parts[i * kMetrics + m];
      value = m != kLargest ? value + other : other > value ? other : value;
    }
    value = m != kLargest ? block_sum(value, warps) : block_max(value, warps);
    if (threadIdx.x == 0) metrics[m] = value;
  }
  if (threadIdx.x > 0) return;
  int32_t own[math::kExactWords];
  metrics[0] = exact_result(limbs, flags, own);
  loss[0] = metrics[0] / denominator;
  for (int i = 0; words && i < math::kExactWords; ++i) words[i] = own[i];
}

}  // namespace anacrusis::cuda
