// A team reads its row twice, the second time mostly out of the second-level cache (runtime/logit_rows.cuh), and writes it
// once. Why not once: a row of 300 KB outgrows the shared memory of one block. The loss is a second, small kernel: its
// terms meet in a sum that does not round, so their order makes no difference.
#include "policy_loss_logits.h"

#include "ops/finish_loss.cuh"
#include "runtime/logit_rows.cuh"

namespace anacrusis::cuda {
namespace {

// By one thread: what the row gives, and what its gradient takes.
DEVICE math::GradientRow finish_token(const PolicyLossLogits& a, const math::PolicyOptions& options, int64_t row,
                                      const math::TokenLogProb& token, bool counts, double* terms) {
  PolicyRow policy{};
  if (counts) policy = policy_row(a, options, row, token.logp, token.entropy);
  if (a.logp) a.logp[row] = token.logp;
  if (a.entropy) a.entropy[row] = token.entropy;
  a.losses[row] = policy.loss;
  terms[row] = counts ? static_cast<double>(a.weights[row]) * static_cast<double>(policy.loss) : 0.0;
  return math::gradient_row(token.row, policy.g, policy.h, token.entropy, a.temperature);
}

template <class T, class Team>
KERNEL_BOUNDS(Team::kBlock, 1) policy_rows(PolicyLossLogits a, math::PolicyOptions options, double* terms) {
  SHARED(double, sums, [kWarp]);
  SHARED(float, maxima, [kWarp]);
  SHARED(math::GradientRow, gradients, [Team::kPerBlock]);
  const float scale = math::exponent_scale(a.temperature);
  for (int64_t row = Team::first(); row < a.T; row += Team::step()) {
    T* const z = a.logits.as<T>().data + row * a.V;
    const int64_t target = a.targets[row];
    const bool counts = a.weights[row] != 0.0f && in_vocabulary(target, a.V);
    math::SoftmaxSums softmax = math::empty_softmax_sums();
    if (counts) softmax = softmax_sums<Team>(static_cast<const T*>(z), a.V, scale, {sums, maxima});
    if (Team::rank() == 0) {
      math::TokenLogProb token{};
      if (counts) token = math::token_log_prob(softmax, math::to_float(z[target]), a.temperature);
      gradients[Team::team()] = finish_token(a, options, row, token, counts, terms);
    }
    Team::sync();
    const math::GradientRow gradient = gradients[Team::team()];
    Team::sync();
    if (gradient.target == 0.0f && gradient.slope == 0.0f && gradient.constant == 0.0f) {
      zero_row<Team>(z, a.V);
    } else {
      gradient_of_row<Team>(static_cast<const T*>(z), z, a.V, target, gradient);
    }
  }
}

}  // namespace

void run(const PolicyLossLogits& a, const Stream& stream) {
  DeviceScratch<double> terms(stream, a.T);
  const math::PolicyOptions options = policy_options(a);
  for_float_type(a.logits.dtype, [&](auto zero) {
    with_team(a.V, [&](auto team) {
      using Team = decltype(team);
      launch<policy_rows<decltype(zero), Team>>(stream, Team::shape(a.T), a, options, terms.data());
    });
  });
  launch<finish_loss>(stream, {1, kFinishBlock}, static_cast<const double*>(terms.data()), a.T, 1.0, a.loss.data,
                      static_cast<int32_t*>(nullptr));
}

}  // namespace anacrusis::cuda
