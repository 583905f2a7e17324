// exp and what follows from it, branch-free so that host loops vectorise at any width.
//
// exp(x) = 2^n * exp(r), n = round(x / ln 2), |r| <= ln 2 / 2 (Cody-Waite reduction in two parts), with
// a degree-6 minimax polynomial. Largest error 1.1 ulp over the normal range; results below 2^-126
// are flushed to 0, above the largest float to infinity; NaN stays NaN.
#pragma once

#include "formula.h"

namespace anacrusis::math {

FORMULA float exp2_integer(int32_t n) {  // 2^n, -126 <= n <= 127
  union {
    int32_t bits;
    float value;
  } u;
  u.bits = (n + 127) << 23;
  return u.value;
}

FORMULA float exp(float x) {
#if defined(__CUDA_ARCH__)
  return ::expf(x);
#else
  constexpr float kLog2E = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  constexpr float kLargest = 88.7228394f, kSmallest = -87.3365402f;
  const float clamped = x > kLargest ? kLargest : x < kSmallest ? kSmallest : x;
  const float n = (clamped * kLog2E + kRound) - kRound;
  const float r = (clamped - n * kLn2High) - n * kLn2Low;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const float mantissa = (p * r * r + r) + 1.0f;
  const int32_t exponent = static_cast<int32_t>(n == n ? n : 0.0f);
  const int32_t half = exponent >> 1;
  const float scaled = mantissa * exp2_integer(half) * exp2_integer(exponent - half);
  const float bounded = x < kSmallest ? 0.0f : scaled;
  return x > kLargest ? INFINITY : bounded;
#endif
}

// 1 / (1 + exp(-x)), without overflow on either side.
FORMULA float sigmoid(float x) {
  const float e = exp(x < 0.0f ? x : -x);  // exp(-|x|)
  const float large = 1.0f / (1.0f + e);
  return x < 0.0f ? e * large : large;
}

}  // namespace anacrusis::math
