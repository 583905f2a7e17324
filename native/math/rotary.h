// Rotary position embedding (Su et al., 2104.09864, eq. 34), in the arrangement of Hugging Face's
// Qwen3 and Llama: component j of a head is paired with component j + D/2.
//
//   w_j      = theta^(-2j/D), j = 0..D/2-1
//   angle    = position * w_j
//   (a, b)  -> (a cos - b sin, b cos + a sin)
//
// Frequencies and angles are rounded to float32 where Hugging Face rounds them (exponent, power, its
// reciprocal, product with the position); pow, cos and sin themselves are those of a float64 library,
// rounded once. The backward pass is the same rotation by the opposite angle.
#pragma once

#include "formula.h"

namespace anacrusis::math {

struct RotaryPair {
  float first;   // component j
  float second;  // component j + D/2
};

FORMULA float rotary_frequency(int64_t j, int64_t head_size, double theta) {
  const float exponent = static_cast<float>(2 * j) / static_cast<float>(head_size);
  return 1.0f / static_cast<float>(::pow(theta, static_cast<double>(exponent)));
}

// The unit vector (cos, sin) at this position and frequency.
FORMULA RotaryPair rotary_angle(int64_t position, float frequency) {
  const auto angle = static_cast<double>(static_cast<float>(position) * frequency);
  return {static_cast<float>(::cos(angle)), static_cast<float>(::sin(angle))};
}

// `direction` is 1, or -1 for the inverse.
FORMULA RotaryPair rotate(RotaryPair x, float cosine, float sine, float direction) {
  const float s = direction * sine;
  return {x.first * cosine - x.second * s, x.second * cosine + x.first * s};
}

}  // namespace anacrusis::math
