#include "linear_token_log_probs_backward.h"

#include "ops/linear_chunks.cuh"
#include "ops/token_log_probs/token_log_probs.h"
#include "ops/token_log_probs_backward/token_log_probs_backward.h"

namespace anacrusis::cuda {

void run(const TokenLogProbs& a, const Stream& stream);
void run(const TokenLogProbsBackward& a, const Stream& stream);

void run(const LinearTokenLogProbsBackward& a, const Stream& stream) {
  const LinearHead head{a.T, a.V, a.D, a.hidden, a.weight, a.dhidden, a.dweight, a.accumulate};
  const CountedTokens counts{a.targets.data, a.V, a.dlogp.data, a.dentropy.data};
  DeviceScratch<float> lse(stream, a.T), entropy(stream, a.T);
  linear_gradients(stream, head, counts, a.workspace_bytes, [&](int64_t first, int64_t tokens, FloatsOut logits) {
    TokenLogProbs forward{};
    forward.T = tokens;
    forward.V = a.V;
    forward.logits = {logits.data, logits.size, logits.dtype};
    forward.targets = part_of(a.targets, first, tokens);
    forward.temperature = a.temperature;
    forward.entropy = {entropy.data() + first, tokens};
    forward.lse = {lse.data() + first, tokens};
    run(forward, stream);
    TokenLogProbsBackward backward{};
    backward.T = tokens;
    backward.V = a.V;
    backward.logits = forward.logits;
    backward.targets = forward.targets;
    backward.temperature = a.temperature;
    backward.lse = {lse.data() + first, tokens};
    backward.entropy = {entropy.data() + first, tokens};
    backward.dlogp = part_of(a.dlogp, first, tokens);
    backward.dentropy = part_of(a.dentropy, first, tokens);
    backward.dlogits = logits;
    run(backward, stream);
  });
}

}  // namespace anacrusis::cuda
