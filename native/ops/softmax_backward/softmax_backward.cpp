#include "softmax_backward.h"

#include "math/softmax.h"
#include "runtime/parallel.h"
#include "runtime/row_sums.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const SoftmaxBackward& a) {
  rows(a.N, a.V, [&](int64_t row) {
    const float *const y = a.y.data + row * a.V, *const dy = a.dy.data + row * a.V;
    float* const dx = a.dx.data + row * a.V;
    const auto sum = static_cast<float>(row_sum(a.V, [&](int64_t j) { return dy[j] * y[j]; }));
#pragma omp simd
    for (int64_t j = 0; j < a.V; ++j) dx[j] = math::softmax_gradient(y[j], dy[j], sum);
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
