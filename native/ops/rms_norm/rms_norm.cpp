#include "rms_norm.h"

#include "math/rms_norm.h"
#include "runtime/parallel.h"
#include "runtime/row_sums.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kRows = 64;  // whose roots are taken side by side

__attribute__((always_inline)) inline void some_rows(const RmsNorm& a, int64_t D, int64_t begin,
                                                     int64_t count) {
  float squares[kRows] = {};
  const float* const weight = a.weight.data;
  for (int64_t r = 0; r < count; ++r) {
    const float* const x = a.x.data + (begin + r) * D;
    squares[r] = static_cast<float>(row_sum(D, [&](int64_t j) { return x[j] * x[j]; }));
  }
  const float inverse_D = 1.0f / static_cast<float>(D), eps = static_cast<float>(a.eps);
  for (float& square : squares) square = math::inverse_rms(square, inverse_D, eps);
  for (int64_t r = 0; r < count; ++r) {
    const float* const x = a.x.data + (begin + r) * D;
    float* const y = a.y.data + (begin + r) * D;
    const float inv_rms = a.inv_rms[begin + r] = squares[r];
#pragma omp simd
    for (int64_t j = 0; j < D; ++j) y[j] = math::rms_norm(x[j], inv_rms, weight[j]);
  }
}

}  // namespace

// The usual head and model sizes as constants: their loops unroll.
void run(const RmsNorm& a) {
  const int64_t rows = a.D < 256 ? kRows : 16;
  parallel_for(a.N, rows * (1 + 16384 / (rows * a.D)), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row += rows) {
      const int64_t count = rows < end - row ? rows : end - row;
      if (a.D == 32) some_rows(a, 32, row, count);
      else if (a.D == 64) some_rows(a, 64, row, count);
      else if (a.D == 128) some_rows(a, 128, row, count);
      else some_rows(a, a.D, row, count);
    }
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
