#include "layer_norm.h"

#include "math/layer_norm.h"
#include "runtime/parallel.h"
#include "runtime/row_sums.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const LayerNorm& a) {
  const float inverse_D = 1.0f / static_cast<float>(a.D), eps = static_cast<float>(a.eps);
  const float *const weight = a.weight.data, *const bias = a.bias.data;
  rows(a.N, 2 * a.D, [&](int64_t row) {
    const float* const x = a.x.data + row * a.D;
    float* const y = a.y.data + row * a.D;
    const auto mean = static_cast<float>(row_sum(a.D, [&](int64_t j) { return x[j]; }) / static_cast<double>(a.D));
    const auto squares = static_cast<float>(row_sum(a.D, [&](int64_t j) { return (x[j] - mean) * (x[j] - mean); }));
    const float inv_std = math::inverse_deviation(squares, inverse_D, eps);
    a.mean[row] = mean;
    a.inv_std[row] = inv_std;
    if (bias) {
#pragma omp simd
      for (int64_t j = 0; j < a.D; ++j) y[j] = math::layer_norm(x[j], mean, inv_std, weight[j], bias[j]);
    } else {
#pragma omp simd
      for (int64_t j = 0; j < a.D; ++j) y[j] = math::layer_norm(x[j], mean, inv_std, weight[j], 0.0f);
    }
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
