// Natural logarithm, branch-free so that host loops vectorise at any width.
//
// x = 2^n * m, sqrt(1/2) <= m < sqrt(2); log x = n ln 2 + log(1 + z), z = m - 1, with the degree-8
// polynomial of Cephes logf (S. Moshier). Largest error 0.83 ulp over all positive floats, subnormal
// ones included. log(0) = -inf, log(+inf) = +inf, a negative argument and NaN give NaN.
#pragma once

#include "formula.h"

namespace anacrusis::math {

FORMULA float log(float x) {
#if defined(__CUDA_ARCH__)
  return ::logf(x);
#else
  union Bits {
    float value;
    uint32_t bits;
  };
  constexpr float kSmallestNormal = 1.17549435e-38f, kTwoTo23 = 8388608.0f;
  constexpr uint32_t kSqrtHalf = 0x3f3504f3;
  const bool subnormal = x < kSmallestNormal;
  Bits u;
  u.value = subnormal ? x * kTwoTo23 : x;
  // Of negative numbers, whose logarithm is NaN below, these wrap around.
  const int32_t exponent = static_cast<int32_t>(u.bits - kSqrtHalf) >> 23;
  u.bits -= static_cast<uint32_t>(exponent) << 23;
  const float n = static_cast<float>(exponent - (subnormal ? 23 : 0));
  const float z = u.value - 1.0f;
  float p = 7.0376836292e-2f;
  p = p * z - 1.1514610310e-1f;
  p = p * z + 1.1676998740e-1f;
  p = p * z - 1.2420140846e-1f;
  p = p * z + 1.4249322787e-1f;
  p = p * z - 1.6668057665e-1f;
  p = p * z + 2.0000714765e-1f;
  p = p * z - 2.4999993993e-1f;
  p = p * z + 3.3333331174e-1f;
  const float square = z * z;
  const float tail = (p * z * square - n * 2.12194440e-4f) - 0.5f * square;
  const float finite = (z + tail) + n * 0.693359375f;
  const float positive = x == INFINITY ? x : finite;
  const float zero = x == 0.0f ? -INFINITY : NAN;
  return x > 0.0f ? positive : zero;
#endif
}

}  // namespace anacrusis::math
