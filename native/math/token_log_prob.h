// Log-probability of one token, entropy of its row and the gradient of both with respect to the
// logits.
//
//   u_j = (z_j - max_k z_k) / tau      S = sum_j exp(u_j)      W = sum_j exp(u_j) u_j
//   lse  = max_k z_k / tau + log S     (log-sum-exp of z / tau)
//   logp = (z_y - max_k z_k) / tau - log S
//   H    = log S - W / S               (= -sum_j p_j log p_j)
//
//   dL/dz_j = [ g (1[j=y] - p_j) - h p_j (log p_j + H) ] / tau,   g = dL/dlogp,  h = dL/dH
//
// z logits [V], tau temperature, y the token that was drawn. A logit of -inf has p_j = 0 and, as 0
// log 0 = 0, no share in H; its exponent is bounded below so that 0 * inf never arises. A row of
// -inf alone has lse = -inf and NaN for the rest; NaN and +inf in a row make all of it NaN. S and W
// are float32 sums of short blocks carried on in float64 (float32 alone is off by 1e-5 at V =
// 150,000). The backward formula rebuilds p_j from lse, which float32 rounds: relative error of p_j
// about 6e-8 * |lse|.
#pragma once

#include "exp.h"

namespace anacrusis::math {

constexpr float kLeastExponent = -104.0f;  // exp of it is 0 in float32

// 1 / tau, kept off 0 and infinity so that -inf logits and equal logits stay what they are.
FORMULA float inverse_temperature(double tau) {
  const double inverse = 1.0 / tau;
  return static_cast<float>(inverse > 1e38 ? 1e38 : inverse < 1e-37 ? 1e-37 : inverse);
}

FORMULA float bounded_exponent(float u) { return u < kLeastExponent ? kLeastExponent : u; }

// The row so far: S and W relative to the largest logit seen.
struct SoftmaxSums {
  float max;
  double sum;
  double weighted;
};

FORMULA SoftmaxSums empty_softmax_sums() { return {-INFINITY, 0.0, 0.0}; }

// The same sums relative to max(sums.max, z).
FORMULA SoftmaxSums with_max(SoftmaxSums sums, float z, double tau) {
  if (!(z > sums.max)) return sums;
  if (sums.sum == 0.0) return {z, 0.0, 0.0};
  const double shift = (static_cast<double>(sums.max) - static_cast<double>(z)) / tau;
  const double scale = ::exp(shift);
  if (scale == 0.0) return {z, sums.sum * 0.0, sums.weighted * 0.0};  // keeps a NaN
  return {z, sums.sum * scale, (sums.weighted + shift * sums.sum) * scale};
}

struct TokenLogProb {
  float logp, entropy, lse;
};

FORMULA TokenLogProb token_log_prob(SoftmaxSums sums, float target_logit, double tau) {
  const double max = sums.max, log_sum = ::log(sums.sum);
  return {static_cast<float>((static_cast<double>(target_logit) - max) / tau - log_sum),
          static_cast<float>(log_sum - sums.weighted / sums.sum),
          static_cast<float>(max / tau + log_sum)};
}

// The gradient without the term of j = y, which is g / tau.
FORMULA float token_log_prob_gradient(float z, float inverse_tau, float lse, float g, float h,
                                      float entropy) {
  const float log_p = bounded_exponent(z * inverse_tau - lse);
  return -exp(log_p) * (g + h * (log_p + entropy)) * inverse_tau;
}

}  // namespace anacrusis::math
