// Retrace(lambda) (Munos et al., 1606.02647, eq. 3-4), with the flags of gae.h. V(s) = E_pi Q(s, .), c_t = lambda min(1, pi / mu):
//
//   delta_t = r_t + gamma (1 - terminated_t) V(s_{t+1}) - Q(s_t, a_t)
//   Q^ret_t = Q(s_t, a_t) + D_t,   D_t = delta_t + gamma (1 - terminated_t)(1 - truncated_t) c_{t+1} D_{t+1}
//
// The state of the recursion is S_t = c_t D_t, so that a step needs its own trace coefficient and no other's.
// Results: Q^ret_t - V(s_t), Q^ret_t.
#pragma once

#include "scan_step.h"

namespace anacrusis::math {

struct RetraceFormula {
  static constexpr bool uses_values = true, uses_ratio = true, uses_q = true;
  float gamma, lambda;

  FORMULA_METHOD Affine step(const ScanStep& s) const {
    const float trace = lambda * (s.ratio > 1.0f ? 1.0f : s.ratio);
    return {trace * onward(s, gamma), trace * td_error(s, gamma, s.q_value)};
  }
  FORMULA_METHOD ScanResult result(const ScanStep& s, float /*state*/, float after) const {
    const float correction = apply(onward(s, gamma), td_error(s, gamma, s.q_value), after);
    const float target = s.q_value + correction;
    return {target - s.value, target};
  }
  FORMULA_METHOD ScanResult masked(const ScanStep&, float) const { return {0.0f, 0.0f}; }
};

}  // namespace anacrusis::math
