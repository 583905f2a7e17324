// Bandwidth is all there is to it: 2 bytes a bf16 logit, read once (runtime/logit_rows.cuh has the tiling).
#include "token_log_probs.h"

#include "runtime/logit_rows.cuh"

namespace anacrusis::cuda {
namespace {

template <class T, class Team>
KERNEL_BOUNDS(Team::kBlock, 1) log_prob_rows(TokenLogProbs a) {
  SHARED(double, sums, [kWarp]);
  SHARED(float, maxima, [kWarp]);
  const float scale = math::exponent_scale(a.temperature);
  for (int64_t row = Team::first(); row < a.T; row += Team::step()) {
    const T* const z = a.logits.as<const T>().data + row * a.V;
    const int64_t target = a.targets[row];
    const bool drawn = in_vocabulary(target, a.V);
    math::SoftmaxSums softmax = math::empty_softmax_sums();
    if (drawn) softmax = softmax_sums<Team>(z, a.V, scale, {sums, maxima});
    if (Team::rank() > 0) continue;
    math::TokenLogProb result{};
    if (drawn) result = math::token_log_prob(softmax, math::to_float(z[target]), a.temperature);
    if (a.logp) a.logp[row] = result.logp;
    if (a.entropy) a.entropy[row] = result.entropy;
    if (a.lse) a.lse[row] = result.lse;
  }
}

}  // namespace

void run(const TokenLogProbs& a, const Stream& stream) {
  for_float_type(a.logits.dtype, [&](auto zero) {
    with_team(a.V, [&](auto team) {
      using Team = decltype(team);
      launch<log_prob_rows<decltype(zero), Team>>(stream, Team::shape(a.T), a);
    });
  });
}

}  // namespace anacrusis::cuda
