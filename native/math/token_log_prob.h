// Log-probability of one token, entropy of its row and the gradient of both with respect to the
// logits.
//
//   u_j = (z_j - m) c     c = log2(e) / tau     S = sum_j 2^u_j      W = sum_j 2^u_j u_j
//   lse  = m / tau + ln 2 log2 S       (log-sum-exp of z / tau)
//   logp = ln 2 (u_y - log2 S)
//   H    = ln 2 (log2 S - W / S)       (= -sum_j p_j log p_j)
//
//   dL/dz_j = [ g (1[j=y] - p_j) - h p_j (log p_j + H) ] / tau,   g = dL/dlogp,  h = dL/dH,
//   log2 p_j = u_j - log2 S
//
// z logits [V], tau temperature, y the token that was drawn, m a reference: any number near the largest logit. A logit of
// -inf has p_j = 0 and, as 0 log 0 = 0, no share in H; its exponent is bounded below so that 0 * inf never arises. A row
// of -inf alone has lse = -inf and NaN for the rest; NaN and +inf in a row make all of it NaN. S and W are float32 sums of
// short blocks carried on in float64 (float32 alone is off by 1e-5 at V = 150,000). c is a float32: like another
// temperature, by 3e-8 of it. z_j - m comes before the product: z_j c alone loses all digits when tau is tiny.
#pragma once

#include "exp2.h"

namespace anacrusis::math {

constexpr float kLeastExponent = -150.0f;  // 2^ of it is 0 in float32
constexpr double kLn2 = 0.693147180559945309, kLog2E = 1.44269504088896341;

// 1 / tau, kept off 0 and infinity so that -inf logits and equal logits stay what they are.
FORMULA float inverse_temperature(double tau) {
  const double inverse = 1.0 / tau;
  return static_cast<float>(inverse > 1e38 ? 1e38 : inverse < 1e-37 ? 1e-37 : inverse);
}

// c
FORMULA float exponent_scale(double tau) {
  return static_cast<float>(kLog2E * static_cast<double>(inverse_temperature(tau)));
}

// The row so far: S and W relative to `reference`, m.
struct SoftmaxSums {
  float reference;
  double sum, weighted;
};

FORMULA SoftmaxSums empty_softmax_sums() { return {-INFINITY, 0.0, 0.0}; }

// What z_j is measured from: the reference, 0 as long as there is none.
FORMULA float origin(float reference) { return reference > -INFINITY ? reference : 0.0f; }

// u_j, bounded below; F is float or a vector of them, Origin one for all of it or the same.
template <class F, class Origin>
FORMULA F softmax_exponent(F z, Origin origin, float scale) {
  return Lane<F>::larger(F{} + kLeastExponent, (z - origin) * scale);
}

// A reference may stay 4 doublings below the largest logit: W / S then cancels to 4e-7 at worst.
FORMULA bool reference_is_too_low(float reference, float largest, float scale) {
  return largest > reference && !((largest - reference) * scale <= 4.0f);
}

// The same sums relative to m, where it is above the reference.
FORMULA SoftmaxSums with_reference(SoftmaxSums sums, float m, float scale) {
  if (!(m > sums.reference)) return sums;
  if (sums.sum == 0.0) return {m, 0.0, 0.0};
  const double shift = (static_cast<double>(sums.reference) - static_cast<double>(m)) * scale;
  const double factor = ::exp2(shift);
  if (factor == 0.0) return {m, sums.sum * 0.0, sums.weighted * 0.0};  // keeps a NaN
  return {m, sums.sum * factor, (sums.weighted + shift * sums.sum) * factor};
}

FORMULA SoftmaxSums plus(SoftmaxSums a, SoftmaxSums b, float scale) {
  a = with_reference(a, b.reference, scale);
  b = with_reference(b, a.reference, scale);
  return {a.reference, a.sum + b.sum, a.weighted + b.weighted};
}

// log2 p_j = (z_j - origin) scale - offset
struct SoftmaxRow {
  float origin, scale, offset;
};

struct TokenLogProb {
  float logp, entropy, lse;
  SoftmaxRow row;
};

FORMULA TokenLogProb token_log_prob(SoftmaxSums sums, float target_logit, double tau) {
  const float scale = exponent_scale(tau);
  const double m = sums.reference, log2_sum = ::log2(sums.sum);
  const double u = (static_cast<double>(target_logit) - m) * scale;
  return {static_cast<float>(kLn2 * (u - log2_sum)),
          static_cast<float>(kLn2 * (log2_sum - sums.weighted / sums.sum)),
          static_cast<float>(m / tau + kLn2 * log2_sum),
          {sums.reference, scale, static_cast<float>(log2_sum)}};
}

// The row as its lse describes it; the origin takes nearly all of lse, so that little is left to round.
FORMULA SoftmaxRow softmax_row(float lse, double tau) {
  const double near = static_cast<double>(lse) * tau;
  const float origin = static_cast<float>(near);
  const double rest = static_cast<double>(lse) - static_cast<double>(origin) / tau;
  return {origin, exponent_scale(tau), static_cast<float>(kLog2E * rest)};
}

// dL/dz_j = p_j (constant + slope log2 p_j), and `target` on top where j = y.
struct GradientRow {
  SoftmaxRow row;
  float constant, slope, target;
};

// One NaN for all, so that none is rounded up out of its bits when narrowed.
FORMULA float plain_nan(float x) { return x == x ? x : NAN; }

FORMULA GradientRow gradient_row(SoftmaxRow row, float g, float h, float entropy, double tau) {
  const float inverse = inverse_temperature(tau);
  const float at_one = h == 0.0f ? g : g + h * entropy;
  return {row, plain_nan(-at_one * inverse), plain_nan(-h * static_cast<float>(kLn2) * inverse),
          plain_nan(g * inverse)};
}

template <class F, class Row>
FORMULA F token_log_prob_gradient(F z, const Row& r) {
  const F u = Lane<F>::larger(F{} + kLeastExponent, (z - r.row.origin) * r.row.scale - r.row.offset);
  return exp2(u) * (u * r.slope + r.constant);
}

}  // namespace anacrusis::math
