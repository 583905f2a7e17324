#include "softmax.h"

#include "math/softmax.h"
#include "runtime/parallel.h"
#include "runtime/row_sums.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const Softmax& a) {
  rows(a.N, 4 * a.V, [&](int64_t row) {
    const float* const x = a.x.data + row * a.V;
    float* const y = a.y.data + row * a.V;
    const float max = row_max(a.V, x);
    const double sum = row_sum(a.V, [&](int64_t j) { return y[j] = math::softmax_weight(x[j], max); });
    const auto scale = static_cast<float>(1.0 / sum);
#pragma omp simd
    for (int64_t j = 0; j < a.V; ++j) y[j] *= scale;
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
