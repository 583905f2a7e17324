// Softmax of a row, its logarithm and their gradients (Bridle 1990).
//
//   p_j = exp(x_j - max_k x_k) / S,  S = sum_k exp(x_k - max_k x_k)      log p_j = (x_j - max) - log S
//   softmax:      dx_j = p_j (dy_j - sum_k dy_k p_k)
//   log_softmax:  dx_j = dy_j - p_j sum_k dy_k
//
// An element of -inf has p = 0. A row of -inf alone, and one with NaN or +inf, is NaN throughout.
#pragma once

#include "exp.h"

namespace anacrusis::math {

FORMULA float softmax_weight(float x, float max) { return exp(x - max); }
FORMULA float softmax_gradient(float p, float dy, float sum_dy_p) { return p * (dy - sum_dy_p); }
FORMULA float log_softmax_gradient(float log_p, float dy, float sum_dy) {
  return dy - exp(log_p) * sum_dy;
}

}  // namespace anacrusis::math
