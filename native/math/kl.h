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

#include "importance_ratio.h"

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
  return (d < 0.5f) & (d > -0.5f) ? series : direct;
}

// exp(d) - 1
FORMULA float exp_minus_1(float d) {
  const float series = d + 0.5f * d * d * exp_remainder_series(d);
  const float direct = exp(d) - 1.0f;
  return (d < 0.5f) & (d > -0.5f) ? series : direct;
}

FORMULA float kl_k1(float d) { return 0.0f - d; }
FORMULA float kl_k2(float d) { return 0.5f * d * d; }
FORMULA float kl_k3(float d) { return exp_minus_1_minus(d); }

// Derivatives by log sampler (= -d/dd).
FORMULA float kl_k1_slope(float) { return 1.0f; }
FORMULA float kl_k2_slope(float d) { return 0.0f - d; }
FORMULA float kl_k3_slope(float d) { return 0.0f - exp_minus_1(d); }

enum KlEstimator : int32_t { kNoKl = 0, kK1 = 1, kK2 = 2, kK3 = 3, kFullKl = 4 };
enum KlGradient : int32_t { kOwnSlope = 0, kK2Slope = 1 };

// The term of a loss: value, derivative by log sampler, and whether d was limited.
struct KlTerm {
  float value, slope, clamped;
};

// kFullKl: `full` is KL[sampler || other] of whole distributions, whose derivative is not by log sampler alone: slope 0
// here. kK2Slope: the value of the estimator, the gradient of k2, the one estimator of which that is the gradient of the
// divergence (verl: "k1+", "k3+"). k3 takes d within kLogRatioLimit, and has derivative 0 beyond.
FORMULA KlTerm kl_term(int32_t estimator, int32_t gradient, float d, float full) {
  const bool k1 = estimator == kK1, k2 = estimator == kK2, k3 = estimator == kK3;
  const bool beyond = k3 & beyond_limit(d);
  const float limited = limited_log_ratio(d);
  const float own_k3 = beyond ? 0.0f : kl_k3_slope(limited);
  const float own = k1 ? kl_k1_slope(d) : k3 ? own_k3 : 0.0f;
  const bool slope_of_k2 = k2 | ((gradient == kK2Slope) & (k1 | k3));
  const float value = k1 ? kl_k1(d) : k2 ? kl_k2(d) : k3 ? kl_k3(limited) : full;
  return {estimator == kNoKl ? 0.0f : value, slope_of_k2 ? kl_k2_slope(d) : own, beyond ? 1.0f : 0.0f};
}

}  // namespace anacrusis::math
