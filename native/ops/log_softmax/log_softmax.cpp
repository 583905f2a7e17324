#include "log_softmax.h"

#include "math/softmax.h"
#include "runtime/parallel.h"
#include "runtime/row_sums.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const LogSoftmax& a) {
  rows(a.N, 4 * a.V, [&](int64_t row) {
    const float* const x = a.x.data + row * a.V;
    float* const y = a.y.data + row * a.V;
    const float max = row_max(a.V, x);
    const double sum = row_sum(a.V, [&](int64_t j) { return math::softmax_weight(x[j], max); });
    const auto log_sum = static_cast<float>(__builtin_log(sum));
#pragma omp simd
    for (int64_t j = 0; j < a.V; ++j) y[j] = (x[j] - max) - log_sum;
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
