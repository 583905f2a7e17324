// Policy-gradient losses of one token whose importance weight is a constant:
//
//   loss = -sg(omega) A log pi(y_t),   d loss / d logp = -omega A
//
//   objective   omega
//   REINFORCE   1                                            (Williams, 1992)
//   TIS         min(r, cap)                                  ("truncated importance sampling": Ionides, 2008; ROLL: cap 1)
//   CISPO       clip(r, 1 - clip_low, 1 + clip_high)         (MiniMax-M1, 2506.13585, eq. 4)
//   TOPR        w_positive for positives, w_negative min(r, cap) for negatives    (2503.14286; both weights 1)
//
// r is math/importance_ratio.h; every token keeps a gradient, whatever its ratio. Positives of TOPR are responses that
// were right, not tokens with a positive advantage, unless the caller says so. The value of the loss is not that of
// an expectation; only its gradient has a meaning.
#pragma once

#include "clipped_surrogate.h"

namespace anacrusis::math {

FORMULA Surrogate weighted_log_prob(float logp, float advantage, float weight) {
  const float slope = -advantage * weight;
  return {slope * logp, slope, 0.0f, 0.0f, 0.0f};
}

FORMULA Surrogate tis_surrogate(float ratio, float logp, float advantage, float cap) {
  Surrogate s = weighted_log_prob(logp, advantage, truncated_ratio(ratio, cap));
  s.clipped_high = ratio > cap ? 1.0f : 0.0f;
  return s;
}

FORMULA Surrogate cispo_surrogate(float ratio, float logp, float advantage, float clip_low,
                                  float clip_high) {
  const float low = 1.0f - clip_low, high = 1.0f + clip_high;
  Surrogate s =
      weighted_log_prob(logp, advantage, ratio < low ? low : ratio > high ? high : ratio);
  s.clipped_low = ratio < low ? 1.0f : 0.0f;
  s.clipped_high = ratio > high ? 1.0f : 0.0f;
  return s;
}

FORMULA Surrogate topr_surrogate(float ratio, float logp, float advantage, bool positive, float cap,
                                 float positive_weight, float negative_weight) {
  const float negative = negative_weight * truncated_ratio(ratio, cap);
  Surrogate s = weighted_log_prob(logp, advantage, positive ? positive_weight : negative);
  s.clipped_high = !positive & (ratio > cap) ? 1.0f : 0.0f;
  return s;
}

}  // namespace anacrusis::math
