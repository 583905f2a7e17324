#include "linear_policy_loss.h"

#include "ops/finish_loss.cuh"
#include "ops/linear_chunks.cuh"
#include "ops/policy_loss_logits/policy_loss_logits.h"

namespace anacrusis::cuda {

void run(const PolicyLossLogits& a, const Stream& stream);

namespace {

PolicyLossLogits part_of_policy(const LinearPolicyLoss& a, int64_t first, int64_t tokens) {
  PolicyLossLogits part{};
  part.T = tokens;
  part.V = a.V;
  part.targets = part_of(a.targets, first, tokens);
  part.temperature = a.temperature;
  part.old_logp = part_of(a.old_logp, first, tokens);
  part.advantages = part_of(a.advantages, first, tokens);
  part.weights = part_of(a.weights, first, tokens);
  part.behavior_logp = part_of(a.behavior_logp, first, tokens);
  part.ref_logp = part_of(a.ref_logp, first, tokens);
  part.positives = part_of(a.positives, first, tokens);
  copy_policy_options(a, part);
  part.losses = part_of(a.losses, first, tokens);
  part.logp = part_of(a.logp, first, tokens);
  part.entropy = part_of(a.entropy, first, tokens);
  return part;
}

struct LossTerm {
  CountedTokens counts;
  const float *weights, *losses;
  double* terms;

  FORMULA_METHOD void operator()(int64_t i) const {
    terms[i] = counts(i) ? static_cast<double>(weights[i]) * static_cast<double>(losses[i]) : 0.0;
  }
};

}  // namespace

void run(const LinearPolicyLoss& a, const Stream& stream) {
  const LinearHead head{a.T, a.V, a.D, a.hidden, a.weight, a.dhidden, a.dweight, a.accumulate};
  const CountedTokens counts{a.targets.data, a.V, a.weights.data, nullptr};
  DeviceScratch<double> chunk_loss(stream, 1), terms(stream, a.T);
  linear_gradients(stream, head, counts, a.workspace_bytes, [&](int64_t first, int64_t tokens, FloatsOut logits) {
    PolicyLossLogits part = part_of_policy(a, first, tokens);
    part.logits = logits;
    part.loss = {chunk_loss.data(), 1};
    run(part, stream);
  });
  map(stream, a.T, LossTerm{counts, a.weights.data, a.losses.data, terms.data()});
  launch<finish_loss>(stream, {1, kFinishBlock}, static_cast<const double*>(terms.data()), a.T, 1.0, a.loss.data,
                      static_cast<int32_t*>(nullptr));
}

}  // namespace anacrusis::cuda
