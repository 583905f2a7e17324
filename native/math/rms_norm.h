// Root mean square normalisation (Zhang & Sennrich, 1910.07467, eq. 4), with eps under the root as
// Llama and Qwen have it.
//
//   r = 1 / sqrt(mean_k x_k^2 + eps)         y_j = x_j r w_j
//   dx_j = r (w_j dy_j - x_j r^2 mean_k(w_k dy_k x_k))       dw_j = sum over rows of dy_j x_j r
#pragma once

#include "formula.h"

namespace anacrusis::math {

FORMULA float inverse_rms(float sum_squares, float inverse_D, float eps) {
  return 1.0f / sqrtf(sum_squares * inverse_D + eps);
}

FORMULA float rms_norm(float x, float inv_rms, float weight) { return x * inv_rms * weight; }

// projection = inv_rms^2 mean_k(w_k dy_k x_k)
FORMULA float rms_norm_gradient(float x, float inv_rms, float weight, float dy, float projection) {
  return inv_rms * (weight * dy - x * projection);
}

}  // namespace anacrusis::math
