// Discounted returns (Sutton and Barto, 2nd edition, eq. 3.9):
//
//   G_t = r_t + gamma (1 - terminated_t) G_{t+1}
//
// where G_{t+1} is the value of the state that follows at a truncated and at the last step.
#pragma once

#include "scan_step.h"

namespace anacrusis::math {

struct DiscountedReturnsFormula {
  static constexpr bool uses_values = false, uses_ratio = false, uses_q = false;
  float gamma;

  FORMULA_METHOD Affine step(const ScanStep& s) const {
    const bool cut = s.truncated || s.last;
    return {cut ? 0.0f : onward(s, gamma), s.reward + (cut ? bootstrap(s, gamma) : 0.0f)};
  }
  FORMULA_METHOD ScanResult result(const ScanStep&, float state, float /*after*/) const {
    return {state, 0.0f};
  }
  FORMULA_METHOD ScanResult masked(const ScanStep&, float) const { return {0.0f, 0.0f}; }
};

}  // namespace anacrusis::math
