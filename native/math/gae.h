// Generalised advantage estimation (Schulman et al., 1506.02438, eq. 11-16).
//
//   delta_t = r_t + gamma * (1 - terminated_t) * V(s_{t+1}) - V(s_t)
//   A_t     = delta_t + gamma * lambda * (1 - terminated_t) * (1 - truncated_t) * A_{t+1}
//
// Entry t describes the transition out of step t. `terminated` ends the return (no bootstrap),
// `truncated` ends only the sum of deltas: the value of the state that was cut off still counts.
// Results: A_t and A_t + V(s_t). Steps that do not count get zeros, or with `carry` the A of the next step that does
// (verl, NeMo-RL), and that plus their own value.
#pragma once

#include "scan_step.h"

namespace anacrusis::math {

struct GaeFormula {
  static constexpr bool uses_values = true, uses_ratio = false, uses_q = false;
  float gamma, gae_lambda;
  bool carry;

  FORMULA_METHOD Affine step(const ScanStep& s) const {
    return {onward(s, gamma * gae_lambda), td_error(s, gamma, s.value)};
  }
  FORMULA_METHOD ScanResult result(const ScanStep& s, float state, float /*after*/) const {
    return {state, state + s.value};
  }
  FORMULA_METHOD ScanResult masked(const ScanStep& s, float state) const {
    return {carry ? state : 0.0f, carry ? state + s.value : 0.0f};
  }
};

}  // namespace anacrusis::math
