// exp and what follows from it, branch-free so that host loops vectorise at any width.
//
// exp(x) = 2^n * exp(r), n = round(x / ln 2), |r| <= ln 2 / 2 (Cody-Waite reduction in two parts), with
// a degree-6 minimax polynomial. Largest error 1.1 ulp over the normal range; results below 2^-126
// are flushed to 0, above the largest float to infinity; NaN stays NaN.
#pragma once

#include "formula.h"

namespace anacrusis::math {

FORMULA float exp(float x) {
#if defined(__CUDA_ARCH__)
  return ::expf(x);
#else
  constexpr float kLog2E = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves an integer in the low bits
  constexpr float kLargest = 88.7228317f, kSmallest = -87.3365402f;
  union Bits {
    float value;
    int32_t bits;
  };
  const float clamped = x > kLargest ? kLargest : x < kSmallest ? kSmallest : x;
  const Bits shifted{clamped * kLog2E + kRound};
  const float n = shifted.value - kRound;
  const float r = (clamped - n * kLn2High) - n * kLn2Low;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  Bits power{(p * r * r + r) + 1.0f};
  power.bits += static_cast<int32_t>(static_cast<uint32_t>(shifted.bits) << 23);  // times 2^n
  const float normal = x < kSmallest ? 0.0f : power.value;
  return x <= kLargest ? normal : x + INFINITY;  // NaN too
#endif
}

// 1 / (1 + exp(-x)): 0 where exp(-x) is infinite.
FORMULA float sigmoid(float x) { return 1.0f / (1.0f + exp(-x)); }

}  // namespace anacrusis::math
