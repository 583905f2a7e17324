// 2^x over floats and over vectors of them, without branches.
//
//   2^x = 2^n * 2^r,  n = round(x),  |r| <= 1/2
//
// 2^r by a polynomial of degree 5 that is 1 at r = 0 (largest relative error 9e-8, 1.6e-7 with rounding). Takes
// -160 <= x <= 127; below -126, where the result is not normal, it is 0. NaN stays NaN. How a type rounds and scales,
// Lane<F> says: here of float, in runtime/float_lanes.h of the vectors of each CPU build.
#pragma once

#include "formula.h"

namespace anacrusis::math {

template <class F>
struct Lane;

template <>
struct Lane<float> {
  // The larger one; b if either is NaN.
  FORMULA_METHOD static float larger(float a, float b) { return a > b ? a : b; }

  FORMULA_METHOD static float round(float x) {
    constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: no room for a fraction beside it
    return (x + kRound) - kRound;
  }
  // p * 2^n for an integer n and p near 1; 0 where n < -126.
  FORMULA_METHOD static float times_power(float p, float n) {
    union {
      float value;
      uint32_t bits;
    } u;
    u.value = p;
    u.bits += static_cast<uint32_t>(static_cast<int32_t>(n)) << 23;
    return n < -126.0f ? 0.0f : u.value;
  }
};

template <class F>
FORMULA F exp2(F x) {
#if defined(__CUDA_ARCH__)
  return ::exp2f(x);
#else
  const F n = Lane<F>::round(x), r = x - n;
  F p = r * 1.32647273e-3f + 9.67151299e-3f;
  p = p * r + 5.55073358e-2f;
  p = p * r + 2.40222424e-1f;
  p = p * r + 6.93147004e-1f;
  return Lane<F>::times_power(p * r + 1.0f, n);
#endif
}

}  // namespace anacrusis::math
