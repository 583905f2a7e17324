// Rhythm credit of one token (2510.13554, eq. 14-19).
//
//   Delta_t = |WAAD_t - WAAD_{t+1}|
//   local, global: gamma_t = 1 + (gamma_amp - 1) [t in the set]
//   coupled: gamma_t = 1 + (gamma_amp - 1) ([t in anchors \ D] + (1 - alpha) [t in D] + alpha [t in I(D)])
//
// D: anchors that a recent WAAD peak dominates; I(D): the tokens that introduce them. The terms add up,
// so an anchor outside of D that introduces another gets 1 + (gamma_amp - 1)(1 + alpha); with overwrite the
// last term that applies stands alone.
#pragma once

#include "formula.h"

namespace anacrusis::math {

FORMULA float waad_change(float waad, float next_waad) { return fabsf(waad - next_waad); }

// Tokens among the top q of n. The product is rounded: 0.55 * 100 is to be 55, not 55.00000000000001.
FORMULA int64_t top_count(double q, int64_t n) {
  return static_cast<int64_t>(ceil(q * static_cast<double>(n) - 1e-9));
}

FORMULA double set_credit(bool in_set, double gamma_amp) { return in_set ? gamma_amp : 1.0; }

FORMULA double coupled_credit(bool anchor, bool dominated, bool intro, double gamma_amp, double alpha,
                              bool overwrite) {
  const double own = !anchor ? 0.0 : dominated ? 1.0 - alpha : 1.0;
  const double share = !intro ? own : overwrite ? alpha : own + alpha;
  return 1.0 + (gamma_amp - 1.0) * share;
}

}  // namespace anacrusis::math
