#include "rms_norm_backward.h"

#include "math/rms_norm.h"
#include "runtime/parallel.h"
#include "runtime/row_sums.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kMostParts = 512, kMostSums = int64_t{1} << 22;

// Rows begin..end; their share of dweight goes to `sums`, which starts at 0.
__attribute__((always_inline)) inline void some_rows(const RmsNormBackward& a, int64_t D,
                                                     int64_t begin, int64_t end, float* sums) {
  const float* const weight = a.weight.data;
  const float inverse_D = 1.0f / static_cast<float>(D);
  for (int64_t j = 0; j < D; ++j) sums[j] = 0.0f;
  for (int64_t row = begin; row < end; ++row) {
    const float *const x = a.x.data + row * D, *const dy = a.dy.data + row * D;
    float* const dx = a.dx.data + row * D;
    const float inv_rms = a.inv_rms[row];
    const auto sum = static_cast<float>(row_sum(D, [&](int64_t j) { return weight[j] * dy[j] * x[j]; }));
    const float projection = inv_rms * inv_rms * (sum * inverse_D);
#pragma omp simd
    for (int64_t j = 0; j < D; ++j) {
      sums[j] += dy[j] * (x[j] * inv_rms);
      dx[j] = math::rms_norm_gradient(x[j], inv_rms, weight[j], dy[j], projection);
    }
  }
}

}  // namespace

// dweight: float32 within a part of the rows, float64 over the parts, in order.
void run(const RmsNormBackward& a) {
  const int64_t allowed = 1 + kMostSums / a.D < kMostParts ? 1 + kMostSums / a.D : kMostParts;
  const int64_t wanted = 1 + 16384 / a.D, least = (a.N + allowed - 1) / allowed;
  const int64_t length = wanted > least ? wanted : least;
  const int64_t parts = (a.N + length - 1) / length;
  float* const sums = thread_scratch(parts * a.D);
  if (!sums && parts > 0) throw_out_of_memory();
  parallel_for(parts, 1, [&](int64_t part, int64_t) {
    const int64_t begin = part * length, end = begin + length < a.N ? begin + length : a.N;
    if (a.D == 32) some_rows(a, 32, begin, end, sums + part * 32);
    else if (a.D == 64) some_rows(a, 64, begin, end, sums + part * 64);
    else if (a.D == 128) some_rows(a, 128, begin, end, sums + part * 128);
    else some_rows(a, a.D, begin, end, sums + part * a.D);
  });
  for (int64_t j = 0; j < a.D; ++j) {
    double sum = 0.0;
    for (int64_t part = 0; part < parts; ++part) sum += sums[part * a.D + j];
    a.dweight[j] += static_cast<float>(sum);
  }
}

}  // namespace anacrusis::ANACRUSIS_ISA
