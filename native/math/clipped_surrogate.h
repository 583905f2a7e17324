// Clipped surrogate objective of one token (PPO, 1707.06347, eq. 7), as a loss, with the two clip
// ranges of DAPO (2503.14476, eq. 10) and the dual clip (1912.09729).
//
//   r = importance ratio (math/importance_ratio.h)
//   J = min(r A, clip(r, 1 - clip_low, 1 + clip_high) A)
//   J = max(J, dual_clip A)  for A < 0, dual_clip > 1 (infinity: PPO without it)
//   loss = -J
//
// The advantage A is a constant and stands in all branches. The derivative by logp is -r A where the first branch is
// taken or equals the others, else 0. The clipped branch binds for A > 0 above 1 + clip_high and for A < 0 below
// 1 - clip_low; a ratio that left the range on the side that the update would undo is not clipped, except by dual_clip.
#pragma once

#include "importance_ratio.h"

namespace anacrusis::math {

// Loss of one token and its derivative. The flags are 1 where a bound took the place of the ratio, else 0.
struct Surrogate {
  float loss;
  float slope;  // d loss / d logp
  float clipped_low, clipped_high, clipped_dual;
};

FORMULA Surrogate clipped_surrogate(ImportanceRatio ratio, float advantage, float clip_low,
                                    float clip_high, float dual_clip) {
  const float low = 1.0f - clip_low, high = 1.0f + clip_high, r = ratio.value;
  const float clipped = r < low ? low : r > high ? high : r;
  const float free = -advantage * r;
  const float bound = -advantage * clipped;
  const bool binds = bound > free;
  const float once = binds ? bound : free;
  const float ceiling = -advantage * dual_clip;
  const bool dual = (advantage < 0.0f) & (once > ceiling);
  const bool closed = binds | dual | (ratio.clamped != 0.0f);
  return {dual ? ceiling : once, closed ? 0.0f : free, binds & (r < low) ? 1.0f : 0.0f,
          binds & (r > high) ? 1.0f : 0.0f, dual ? 1.0f : 0.0f};
}

}  // namespace anacrusis::math
