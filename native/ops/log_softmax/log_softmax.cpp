#include "log_softmax.h"

#include "math/softmax.h"
#include "runtime/parallel.h"
#include "runtime/row_sums.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const LogSoftmax& a) {
  const int64_t grain = kRowsAtOnce * (1 + 4096 / (kRowsAtOnce * (a.V + 1)));
  parallel_for(a.N, grain, [&](int64_t begin, int64_t end) {
    const auto log_softmax = [](const float* x, float* y, int64_t n, int64_t rows) {
      float max[kRowsAtOnce];
      double sum[kRowsAtOnce];
      for (int64_t r = 0; r < rows; ++r) max[r] = row_max(n, x + r * n);
      for (int64_t r = 0; r < rows; ++r) {
        const float *const from = x + r * n, m = max[r];
        sum[r] = row_sum(n, [&](int64_t j) { return math::softmax_weight(from[j], m); });
      }
      for (int64_t r = 0; r < rows; ++r) {
        const float m = max[r], log_sum = static_cast<float>(__builtin_log(sum[r]));
#pragma omp simd
        for (int64_t j = 0; j < n; ++j) y[r * n + j] = (x[r * n + j] - m) - log_sum;
      }
    };
    for (int64_t row = begin; row < end; row += kRowsAtOnce) {
      const int64_t some = end - row < kRowsAtOnce ? end - row : kRowsAtOnce;
      rows_at_once(some, a.V, a.x.data + row * a.V, a.y.data + row * a.V, -INFINITY, log_softmax);
    }
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
