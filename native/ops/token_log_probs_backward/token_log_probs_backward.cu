// Bandwidth again: a row is read and written once, one of zeros only written (runtime/logit_rows.cuh has the tiling).
#include "token_log_probs_backward.h"

#include "runtime/logit_rows.cuh"

namespace anacrusis::cuda {
namespace {

template <class T, class Team>
KERNEL_BOUNDS(Team::kBlock, 1) gradient_rows(TokenLogProbsBackward a) {
  for (int64_t row = Team::first(); row < a.T; row += Team::step()) {
    T* const dz = a.dlogits.as<T>().data + row * a.V;
    const float g = a.dlogp[row], h = a.dentropy ? a.dentropy[row] : 0.0f;
    const int64_t target = a.targets[row];
    if ((g == 0.0f && h == 0.0f) || !in_vocabulary(target, a.V)) {
      zero_row<Team>(dz, a.V);
      continue;
    }
    const math::SoftmaxRow softmax = math::softmax_row(a.lse[row], a.temperature);
    const float entropy = h == 0.0f ? 0.0f : a.entropy[row];
    gradient_of_row<Team>(a.logits.as<const T>().data + row * a.V, dz, a.V, target,
                          math::gradient_row(softmax, g, h, entropy, a.temperature));
  }
}

}  // namespace

void run(const TokenLogProbsBackward& a, const Stream& stream) {
  for_float_type(a.logits.dtype, [&](auto zero) {
    with_team(a.V, [&](auto team) {
      using Team = decltype(team);
      launch<gradient_rows<decltype(zero), Team>>(stream, Team::shape(a.T), a);
    });
  });
}

}  // namespace anacrusis::cuda
