// Generalised advantage estimation (Schulman et al., 1506.02438, eq. 11-16), one step from the end.
//
//   delta_t = r_t + gamma * (1 - terminated_t) * V(s_{t+1}) - V(s_t)
//   A_t     = delta_t + gamma * lambda * (1 - terminated_t) * (1 - truncated_t) * A_{t+1}
//
// Entry t describes the transition out of step t. `terminated` ends the return (no bootstrap),
// `truncated` ends only the sum of deltas: the value of the state that was cut off still counts.
#pragma once

#include "formula.h"

namespace anacrusis::math {

struct GaeState {
  float advantage;   // A_{t+1}
  float next_value;  // V(s_{t+1})
};

FORMULA GaeState gae_step(GaeState after, float reward, float value, bool terminated,
                          bool truncated, float gamma, float gae_lambda) {
  const float bootstrap = terminated ? 0.0f : gamma * after.next_value;
  const float carry = terminated || truncated ? 0.0f : gamma * gae_lambda * after.advantage;
  return {reward + bootstrap - value + carry, value};
}

}  // namespace anacrusis::math
