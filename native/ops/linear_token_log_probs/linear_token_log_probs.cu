// A product and a pass over its rows, chunk by chunk. Not one kernel: that would save a write and a read of the logits,
// some hundredths of the product's time, and needs a product of its own.
#include "linear_token_log_probs.h"

#include "ops/linear_chunks.cuh"
#include "ops/token_log_probs/token_log_probs.h"

namespace anacrusis::cuda {

void run(const TokenLogProbs& a, const Stream& stream);

void run(const LinearTokenLogProbs& a, const Stream& stream) {
  constexpr int64_t kBudget = int64_t{256} << 20;
  const LinearHead head{a.T, a.V, a.D, a.hidden, a.weight, {}, {}, false};
  const int64_t chunk = device_chunk(a.T, a.V, a.hidden.dtype, kBudget);
  DeviceScratch<char> logits(stream, chunk * a.V * size_of(a.hidden.dtype));
  for (int64_t first = 0; first < a.T; first += chunk) {
    const int64_t tokens = chunk < a.T - first ? chunk : a.T - first;
    make_logits(stream, head, part_of(a.hidden, first * a.D, tokens * a.D).data, tokens, logits.data());
    TokenLogProbs part{};
    part.T = tokens;
    part.V = a.V;
    part.logits = {logits.data(), tokens * a.V, a.hidden.dtype};
    part.targets = part_of(a.targets, first, tokens);
    part.temperature = a.temperature;
    part.logp = part_of(a.logp, first, tokens);
    part.entropy = part_of(a.entropy, first, tokens);
    part.lse = part_of(a.lse, first, tokens);
    run(part, stream);
  }
}

}  // namespace anacrusis::cuda
