#include "token_log_probs_backward.h"

#include "runtime/logit_rows.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const TokenLogProbsBackward& a) {
  for_float_type(a.logits.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const logits = a.logits.as<const T>().data;
    T* const dlogits = a.dlogits.as<T>().data;
    rows(a.T, a.V, [=](int64_t row) {
      T* const dz = dlogits + row * a.V;
      const float g = a.dlogp[row], h = a.dentropy ? a.dentropy[row] : 0.0f;
      const int64_t target = a.targets[row];
      if ((g == 0.0f && h == 0.0f) || !in_vocabulary(target, a.V)) return zero_row(dz, a.V);
      const math::SoftmaxRow softmax = math::softmax_row(a.lse[row], a.temperature);
      const float entropy = h == 0.0f ? 0.0f : a.entropy[row];
      gradient_of_row(logits + row * a.V, dz, a.V, target,
                      math::gradient_row(softmax, g, h, entropy, a.temperature));
    });
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
