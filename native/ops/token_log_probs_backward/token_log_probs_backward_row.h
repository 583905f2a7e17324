// Scan tier: one row of token_log_probs_backward. Both back ends run this row step.
#pragma once

#include "math/token_log_prob.h"
#include "token_log_probs_backward.h"

namespace anacrusis {

struct TokenLogProbsBackwardRow {
  TokenLogProbsBackward a;

  FORMULA_METHOD void operator()(int64_t row) const {
    const float g = a.dlogp[row], h = a.dentropy ? a.dentropy[row] : 0.0f;
    const float* z = a.logits.data + row * a.V;
    float* dz = a.dlogits.data + row * a.V;
    if (g == 0.0f && h == 0.0f) {
      for (int64_t j = 0; j < a.V; ++j) dz[j] = 0.0f;
      return;
    }
    const float inverse_tau = math::inverse_temperature(a.temperature);
    const float lse = a.lse[row], entropy = h == 0.0f ? 0.0f : a.entropy[row];
#pragma omp simd
    for (int64_t j = 0; j < a.V; ++j) {
      dz[j] = math::token_log_prob_gradient(z[j], inverse_tau, lse, g, h, entropy);
    }
    dz[a.targets[row]] += g * inverse_tau;
  }
};

}  // namespace anacrusis
