// AdamW (Loshchilov and Hutter, 1711.05101, algorithm 2), one element, with PyTorch's order of
// steps.
//
//   g = grad_scale * gradient
//   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
//   p = (1 - lr weight_decay) p - lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + eps)
//
// m, v moments, p parameter, t the step from 1 on. Deviation from the paper's algorithm: lr and its
// schedule are one number, and decay is scaled by it, as PyTorch has it. The products of the
// constants are taken in float64 once per step.
#pragma once

#include "formula.h"

namespace anacrusis::math {

struct AdamWStep {
  float grad_scale;
  float beta1, rest1, beta2, rest2;  // rest = 1 - beta
  float step_size;                   // lr / (1 - beta1^t)
  float inverse_root;                // 1 / sqrt(1 - beta2^t)
  float eps;
};

FORMULA AdamWStep adamw_step(double t, double lr, double beta1, double beta2, double eps,
                             double grad_scale) {
  return {static_cast<float>(grad_scale),
          static_cast<float>(beta1),
          static_cast<float>(1.0 - beta1),
          static_cast<float>(beta2),
          static_cast<float>(1.0 - beta2),
          static_cast<float>(lr / (1.0 - ::pow(beta1, t))),
          static_cast<float>(1.0 / ::sqrt(1.0 - ::pow(beta2, t))),
          static_cast<float>(eps)};
}

// `keep` is 1 - lr * weight_decay, or 1 for a tensor that does not decay.
FORMULA void adamw_update(const AdamWStep& s, float keep, float gradient, float& p, float& m,
                          float& v) {
  const float g = s.grad_scale * gradient;
  m = s.beta1 * m + s.rest1 * g;
  v = s.beta2 * v + s.rest2 * (g * g);
  p = keep * p - s.step_size * m / (::sqrtf(v) * s.inverse_root + s.eps);
}

}  // namespace anacrusis::math
