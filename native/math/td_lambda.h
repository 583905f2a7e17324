// Lambda returns (Sutton and Barto, 2nd edition, eq. 12.18), with the flags of gae.h:
//
//   G_t = r_t + gamma (1 - terminated_t) ((1 - lambda) V(s_{t+1}) + lambda G_{t+1})
//
// where G_{t+1} is V(s_{t+1}) at a truncated and at the last step.
#pragma once

#include "scan_step.h"

namespace anacrusis::math {

struct TdLambdaFormula {
  static constexpr bool uses_values = true, uses_ratio = false, uses_q = false;
  float gamma, lambda;

  FORMULA_METHOD Affine step(const ScanStep& s) const {
    const bool cut = s.truncated || s.last;
    return {cut ? 0.0f : onward(s, gamma * lambda), s.reward + bootstrap(s, cut ? gamma : gamma * (1.0f - lambda))};
  }
  FORMULA_METHOD ScanResult result(const ScanStep&, float state, float /*after*/) const {
    return {state, 0.0f};
  }
  FORMULA_METHOD ScanResult masked(const ScanStep&, float) const { return {0.0f, 0.0f}; }
};

}  // namespace anacrusis::math
