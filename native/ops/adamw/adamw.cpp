#include "adamw.h"

#include "math/adamw.h"
#include "runtime/parallel.h"
#include "runtime/pieces.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const Adamw& a) {
  const math::AdamWStep step =
      math::adamw_step(static_cast<double>(a.step), a.lr, a.beta1, a.beta2, a.eps, a.grad_scale);
  const auto decayed = static_cast<float>(1.0 - a.lr * a.weight_decay);
  parallel_for(total_size(a.params), 16384, [&](int64_t begin, int64_t end) {
    pieces(a.params, begin, end, [&](int64_t k, int64_t first, int64_t last) {
      float *p = a.params[k].data, *m = a.m[k].data, *v = a.v[k].data;
      const float* g = a.grads[k].data;
      const float keep = a.decay[k] != 0 ? decayed : 1.0f;
#pragma omp simd
      for (int64_t i = first; i < last; ++i) {
        math::adamw_update(step, keep, g[i], p[i], m[i], v[i]);
      }
    });
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
