// Estimators of a Kullback-Leibler divergence from one sample (Schulman, "Approximating KL
// divergence", 2020).
//
// The sample was drawn from `sampler`; estimated is KL[sampler || other]. With d = log other - log
// sampler:
//   k1 = -d                 unbiased, of either sign
//   k2 = d^2 / 2            biased, small variance
//   k3 = exp(d) - 1 - d     unbiased, never negative
//
// exp(d) - 1 - d loses every digit to cancellation near d = 0, where a policy spends its time:
// below |d| = 1/2 the Taylor series takes its place (relative error 1e-7).
#pragma once

#include "exp.h"

namespace anacrusis::math {

// 1 + d/3 + d^2/(3 4) + ...: (exp(d) - 1 - d) / (d^2 / 2), for |d| < 1/2.
FORMULA float exp_remainder_series(float d) {
  float p = 1.0f + d * (1.0f / 10.0f);
  p = 1.0f + d * (1.0f / 9.0f) * p;
  p = 1.0f + d * (1.0f / 8.0f) * p;
  p = 1.0f + d * (1.0f / 7.0f) * p;
  p = 1.0f + d * (1.0f / 6.0f) * p;
  p = 1.0f + d * (1.0f / 5.0f) * p;
  p = 1.0f + d * (1.0f / 4.0f) * p;
  return 1.0f + d * (1.0f / 3.0f) * p;
}

// exp(d) - 1 - d
FORMULA float exp_minus_1_minus(float d) {
  const float series = 0.5f * d * d * exp_remainder_series(d);
  const float direct = (exp(d) - 1.0f) - d;
  return d < 0.5f && d > -0.5f ? series : direct;
}

// exp(d) - 1
FORMULA float exp_minus_1(float d) {
  const float series = d + 0.5f * d * d * exp_remainder_series(d);
  const float direct = exp(d) - 1.0f;
  return d < 0.5f && d > -0.5f ? series : direct;
}

FORMULA float kl_k1(float d) { return 0.0f - d; }
FORMULA float kl_k2(float d) { return 0.5f * d * d; }
FORMULA float kl_k3(float d) { return exp_minus_1_minus(d); }

// Derivatives by log sampler (= -d/dd).
FORMULA float kl_k1_slope(float) { return 1.0f; }
FORMULA float kl_k2_slope(float d) { return 0.0f - d; }
FORMULA float kl_k3_slope(float d) { return 0.0f - exp_minus_1(d); }

}  // namespace anacrusis::math
