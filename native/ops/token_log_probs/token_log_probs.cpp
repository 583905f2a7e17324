#include "token_log_probs.h"

#include "runtime/logit_rows.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const TokenLogProbs& a) {
  const float scale = math::exponent_scale(a.temperature);
  for_float_type(a.logits.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const logits = a.logits.as<const T>().data;
    rows(a.T, a.V, [=](int64_t row) {
      const T* const z = logits + row * a.V;
      const int64_t target = a.targets[row];
      math::TokenLogProb result{};
      if (in_vocabulary(target, a.V)) {
        const math::SoftmaxSums sums = softmax_sums(z, a.V, scale);
        result = math::token_log_prob(sums, math::to_float(z[target]), a.temperature);
      }
      if (a.logp) a.logp[row] = result.logp;
      if (a.entropy) a.entropy[row] = result.entropy;
      if (a.lse) a.lse[row] = result.lse;
    });
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
