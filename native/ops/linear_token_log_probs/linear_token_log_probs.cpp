#include "linear_token_log_probs.h"

#include "runtime/linear_chunks.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const LinearTokenLogProbs& a) {
  const auto write = [&](int64_t token, const math::TokenLogProb& result) {
    if (a.logp) a.logp[token] = result.logp;
    if (a.entropy) a.entropy[token] = result.entropy;
    if (a.lse) a.lse[token] = result.lse;
  };
  const auto counts = [&](int64_t token) { return in_vocabulary(a.targets[token], a.V); };
  for (int64_t token = 0; token < a.T; ++token) {
    if (!counts(token)) write(token, {});
  }
  LinearCall call{};
  call.T = a.T;
  call.V = a.V;
  call.D = a.D;
  call.temperature = a.temperature;
  call.hidden = a.hidden;
  call.weight = a.weight;
  call.targets = a.targets.data;
  for_float_type(a.hidden.dtype, [&](auto zero) {
    run_linear<decltype(zero)>(call, counts, [&](int64_t token, const math::TokenLogProb& result) {
      write(token, result);
      return TokenCoefficients{};
    });
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
