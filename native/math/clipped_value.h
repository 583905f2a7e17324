// Clipped loss of a value function (OpenAI Baselines, ppo2; "Implementation Matters", 2005.12729, section 3):
//
//   V_c  = V_old + clip(V - V_old, -clip, clip)
//   loss = c max((V - R)^2, (V_c - R)^2),   c = 1/2 ("half") or 1 ("full")
//
// Without V_old: loss = c (V - R)^2. R is the return, a constant. The derivative by V is 2 c (V - R) where the first
// branch is the larger one or both are equal, else 0: a clipped V_c does not move with V. Baselines and CleanRL have the
// half, so that c's derivative is V - R; Stable-Baselines3 has not (c = 1, and no clipping unless asked for): the same
// coefficient in front of it is twice as strong there.
#pragma once

#include "formula.h"

namespace anacrusis::math {

struct ValueTerms {
  float loss, slope;
  float clipped;  // 1 where the clipped branch binds, else 0
};

FORMULA ValueTerms squared_value_loss(float value, float target, float c) {
  const float error = value - target;
  return {c * (error * error), 2.0f * c * error, 0.0f};
}

FORMULA ValueTerms clipped_value_loss(float value, float old_value, float target, float clip, float c) {
  const float move = value - old_value;
  const float within = move > clip ? clip : move < -clip ? -clip : move;
  const float error = value - target, clipped_error = old_value + within - target;
  const float free = error * error, bound = clipped_error * clipped_error;
  const bool moved = move > clip || move < -clip;
  const bool binds = moved && bound > free;
  return {c * (binds ? bound : free), binds ? 0.0f : 2.0f * c * error, binds ? 1.0f : 0.0f};
}

}  // namespace anacrusis::math
