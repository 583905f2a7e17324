// What the discounted scans know of a step, and what they say of it. Each of them is a recursion from the last
// step that counts to the first, S_t = delta_t + weight_t S_{t+1} with S = 0 after the last, and two results per step.
#pragma once

#include "affine.h"
#include "exp.h"

namespace anacrusis::math {

struct ScanStep {
  float reward;
  float value;       // V(s_t)
  float next_value;  // V(s_{t+1}) of the transition
  float q_value;     // Q(s_t, a_t)
  float ratio;       // pi(a_t | s_t) / mu(a_t | s_t)
  bool terminated;  // ended by itself: no bootstrap
  bool truncated;   // cut off: bootstraps from next_value, and nothing beyond
  bool last;        // no later step of the row counts
};

struct ScanResult {
  float first, second;
};

// pi / mu from their logarithms.
FORMULA float action_ratio(float logp, float behavior_logp) { return exp(logp - behavior_logp); }

// gamma V(s_{t+1}) where the return goes on.
FORMULA float bootstrap(const ScanStep& s, float gamma) {
  return s.terminated ? 0.0f : gamma * s.next_value;
}

// r_t + gamma V(s_{t+1}) - baseline
FORMULA float td_error(const ScanStep& s, float gamma, float baseline) {
  return s.reward + bootstrap(s, gamma) - baseline;
}

// The factor of what comes from the next step.
FORMULA float onward(const ScanStep& s, float factor) {
  return s.terminated || s.truncated ? 0.0f : factor;
}

}  // namespace anacrusis::math
