#include "layer_norm_backward.h"

#include "math/layer_norm.h"
#include "runtime/parallel.h"
#include "runtime/row_sums.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kMostParts = 512, kMostSums = int64_t{1} << 22;

// Rows begin..end; their share of dweight and dbias goes to sums[0..D) and sums[D..2D).
void some_rows(const LayerNormBackward& a, int64_t begin, int64_t end, float* sums) {
  const int64_t D = a.D;
  const float* const weight = a.weight.data;
  float* const biases = sums + D;
  for (int64_t j = 0; j < 2 * D; ++j) sums[j] = 0.0f;
  for (int64_t row = begin; row < end; ++row) {
    const float *const x = a.x.data + row * D, *const dy = a.dy.data + row * D;
    float* const dx = a.dx.data + row * D;
    const float mean = a.mean[row], inv_std = a.inv_std[row];
    const auto mean_g = static_cast<float>(row_sum(D, [&](int64_t j) { return weight[j] * dy[j]; }) /
                                           static_cast<double>(D));
    const auto mean_gn = static_cast<float>(
        row_sum(D, [&](int64_t j) { return weight[j] * dy[j] * math::normalized(x[j], mean, inv_std); }) /
        static_cast<double>(D));
#pragma omp simd
    for (int64_t j = 0; j < D; ++j) {
      const float gradient = dy[j];
      sums[j] += gradient * math::normalized(x[j], mean, inv_std);
      biases[j] += gradient;
      dx[j] = math::layer_norm_gradient(x[j], mean, inv_std, weight[j], gradient, mean_g, mean_gn);
    }
  }
}

}  // namespace

// dweight and dbias: float32 within a part of the rows, float64 over the parts, in order.
void run(const LayerNormBackward& a) {
  const int64_t allowed = 1 + kMostSums / a.D < kMostParts ? 1 + kMostSums / a.D : kMostParts;
  const int64_t wanted = 1 + 16384 / a.D, least = (a.N + allowed - 1) / allowed;
  const int64_t length = wanted > least ? wanted : least;
  const int64_t parts = (a.N + length - 1) / length;
  float* const sums = thread_scratch(parts * 2 * a.D);
  if (!sums && parts > 0) throw_out_of_memory();
  parallel_for(parts, 1, [&](int64_t part, int64_t) {
    const int64_t begin = part * length, end = begin + length < a.N ? begin + length : a.N;
    some_rows(a, begin, end, sums + part * 2 * a.D);
  });
  for (int64_t j = 0; j < a.D; ++j) {
    double weight = 0.0, bias = 0.0;
    for (int64_t part = 0; part < parts; ++part) {
      weight += sums[part * 2 * a.D + j];
      bias += sums[(part * 2 + 1) * a.D + j];
    }
    a.dweight[j] += static_cast<float>(weight);
    if (a.dbias) a.dbias[j] += static_cast<float>(bias);
  }
}

}  // namespace anacrusis::ANACRUSIS_ISA
