// Layer normalisation (Ba, Kiros and Hinton, 1607.06450, eq. 3 and 4, over the features of one row), with
// the variance over D (not D - 1) and eps under the root, as PyTorch has them.
//
//   m = mean_k x_k      r = 1 / sqrt(mean_k (x_k - m)^2 + eps)      n_j = (x_j - m) r      y_j = n_j w_j + b_j
//   dx_j = r (w_j dy_j - mean_k(w_k dy_k) - n_j mean_k(w_k dy_k n_k))
//   dw_j = sum over rows of dy_j n_j         db_j = sum over rows of dy_j
//
// The variance is taken around the mean, in a second pass: mean x^2 - m^2 cancels where |m| is large.
#pragma once

#include "formula.h"

namespace anacrusis::math {

FORMULA float inverse_deviation(float sum_squares, float inverse_D, float eps) {
  return 1.0f / sqrtf(sum_squares * inverse_D + eps);
}

FORMULA float normalized(float x, float mean, float inv_std) { return (x - mean) * inv_std; }

FORMULA float layer_norm(float x, float mean, float inv_std, float weight, float bias) {
  return normalized(x, mean, inv_std) * weight + bias;
}

// mean_g = mean_k(w_k dy_k), mean_gn = mean_k(w_k dy_k n_k)
FORMULA float layer_norm_gradient(float x, float mean, float inv_std, float weight, float dy, float mean_g,
                                  float mean_gn) {
  return inv_std * (weight * dy - mean_g - normalized(x, mean, inv_std) * mean_gn);
}

}  // namespace anacrusis::math
