#include "linear_policy_loss.h"

#include "ops/sequence_sums.h"
#include "runtime/linear_chunks.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const LinearPolicyLoss& a) {
  const math::PolicyOptions options = policy_options(a);
  const auto counts = [&](int64_t token) {
    return a.weights[token] != 0.0f && in_vocabulary(a.targets[token], a.V);
  };
  const auto write = [&](int64_t token, float loss, float logp, float entropy) {
    a.losses[token] = loss;
    if (a.logp) a.logp[token] = logp;
    if (a.entropy) a.entropy[token] = entropy;
  };
  for (int64_t token = 0; token < a.T; ++token) {
    if (!counts(token)) write(token, 0.0f, 0.0f, 0.0f);
  }
  const LinearCall call{a.T,      a.V,      a.D,            a.temperature, a.workspace_bytes,
                        a.hidden, a.weight, a.targets.data, a.dhidden,     a.dweight.data, a.accumulate};
  for_float_type(a.hidden.dtype, [&](auto zero) {
    run_linear<decltype(zero)>(call, counts, [&](int64_t token, const math::TokenLogProb& result) {
      const PolicyRow policy = policy_row(a, options, token, result.logp, result.entropy);
      write(token, policy.loss, result.logp, result.entropy);
      return TokenCoefficients{policy.g, policy.h};
    });
  });
  ExactAccumulator sum = {};
  for (int64_t i = 0; i < a.T; ++i) {
    if (counts(i)) sum.add(static_cast<double>(a.weights[i]) * static_cast<double>(a.losses[i]));
  }
  a.loss[0] = sum.value();
}

}  // namespace anacrusis::ANACRUSIS_ISA
