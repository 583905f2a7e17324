// V-trace (Espeholt et al., 1802.01561, eq. 1, remark 1 and section 4.2), with the flags of gae.h. With the ratio
// pi / mu, rho_t = min(rho_bar, ratio), c_t = lambda min(c_bar, ratio):
//
//   delta_t = rho_t (r_t + gamma (1 - terminated_t) V(s_{t+1}) - V(s_t))
//   v_t - V(s_t) = delta_t + gamma c_t (1 - terminated_t)(1 - truncated_t) (v_{t+1} - V(s_{t+1}))
//   A_t = min(pg_rho_bar, ratio) (r_t + gamma (1 - terminated_t) v_{t+1} - V(s_t))
//
// v_{t+1} is V(s_{t+1}) at a truncated and at the last step. PufferLib: its advantage is v_t - V(s_t), and of its two kernels
// one weighs the reward alone, delta_t = rho_t r_t + gamma (1 - terminated_t) V(s_{t+1}) - V(s_t). Results: A_t, v_t.
#pragma once

#include "scan_step.h"

namespace anacrusis::math {

struct VtraceFormula {
  static constexpr bool uses_values = true, uses_ratio = true, uses_q = false;
  float gamma, lambda, rho_bar, c_bar, pg_rho_bar;
  bool rho_on_reward;        // PufferLib's other delta
  bool advantage_of_target;  // A_t = v_t - V(s_t)

  FORMULA_METHOD static float clip(float ratio, float bar) { return ratio > bar ? bar : ratio; }

  FORMULA_METHOD Affine step(const ScanStep& s) const {
    const float ratio = s.ratio, rho = clip(ratio, rho_bar);
    const float whole = rho * td_error(s, gamma, s.value);
    const float on_reward = rho * s.reward + bootstrap(s, gamma) - s.value;
    return {onward(s, gamma * lambda * clip(ratio, c_bar)), rho_on_reward ? on_reward : whole};
  }
  FORMULA_METHOD ScanResult result(const ScanStep& s, float state, float after) const {
    const float rho = clip(s.ratio, pg_rho_bar);
    const float q = rho * apply(onward(s, gamma), td_error(s, gamma, s.value), after);
    return {advantage_of_target ? state : q, state + s.value};
  }
  FORMULA_METHOD ScanResult masked(const ScanStep&, float) const { return {0.0f, 0.0f}; }
};

}  // namespace anacrusis::math
