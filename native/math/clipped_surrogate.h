// Clipped surrogate objective of one token (PPO, 1707.06347, eq. 7), as a loss, with the two clip
// ranges of DAPO (2503.14476, eq. 10).
//
//   r = exp(logp - old_logp)
//   loss = -min(r A, clip(r, 1 - clip_low, 1 + clip_high) A)
//
// The advantage A stands in both branches. Its gradient by logp is -r A where the first branch is
// the smaller one or both are equal, else 0. The clipped branch binds for A > 0 above 1 + clip_high
// and for A < 0 below 1 - clip_low; a ratio that left the range on the side that the update would
// undo is not clipped.
#pragma once

#include "formula.h"

namespace anacrusis::math {

struct Surrogate {
  float loss;
  float slope;    // d loss / d logp
  float clipped;  // 1 where the clipped branch binds, else 0
};

FORMULA Surrogate clipped_surrogate(float ratio, float advantage, float clip_low, float clip_high) {
  const float low = 1.0f - clip_low, high = 1.0f + clip_high;
  const float clipped_ratio = ratio < low ? low : ratio > high ? high : ratio;
  const float free = -advantage * ratio;
  const float bound = -advantage * clipped_ratio;
  const bool binds = bound > free;
  return {binds ? bound : free, binds ? 0.0f : free, binds ? 1.0f : 0.0f};
}

}  // namespace anacrusis::math
