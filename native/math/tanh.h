// Hyperbolic tangent, branch-free so that host loops vectorise at any width.
//
// |x| < 0.625: x + x^3 P(x^2), the polynomial of Cephes tanhf (S. Moshier), which keeps the relative
// error small near 0; else sign(x) (1 - 2 / (exp(2|x|) + 1)). Largest error 1.34 ulp.
#pragma once

#include "exp.h"

namespace anacrusis::math {

FORMULA float tanh(float x) {
#if defined(__CUDA_ARCH__)
  return ::tanhf(x);
#else
  const float size = x < 0.0f ? -x : x;
  const float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const float small = p * z * x + x;
  const float large = 1.0f - 2.0f / (exp(2.0f * size) + 1.0f);
  return size < 0.625f ? small : x < 0.0f ? -large : large;
#endif
}

}  // namespace anacrusis::math
