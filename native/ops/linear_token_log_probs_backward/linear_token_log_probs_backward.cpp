#include "linear_token_log_probs_backward.h"

#include "runtime/linear_chunks.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const LinearTokenLogProbsBackward& a) {
  const auto coefficients = [&](int64_t token) {
    return TokenCoefficients{a.dlogp[token], a.dentropy ? a.dentropy[token] : 0.0f};
  };
  const auto counts = [&](int64_t token) {
    const TokenCoefficients of = coefficients(token);
    return (of.g != 0.0f || of.h != 0.0f) && in_vocabulary(a.targets[token], a.V);
  };
  const LinearCall call{a.T,      a.V,      a.D,            a.temperature, a.workspace_bytes,
                        a.hidden, a.weight, a.targets.data, a.dhidden,     a.dweight.data, a.accumulate};
  for_float_type(a.hidden.dtype, [&](auto zero) {
    run_linear<decltype(zero)>(call, counts, [&](int64_t token, const math::TokenLogProb&) {
      return coefficients(token);
    });
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
