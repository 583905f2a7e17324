// Importance ratio of one token, or of one sequence, from log-probabilities.
//
//   r = exp(d),  d = log pi_new - log pi_old limited to [-kLogRatioLimit, kLogRatioLimit]
//
// Beyond the limit, where policies have nothing in common (e^20 = 4.9e8), r stays at its bound: a loss is never
// infinite or NaN because of it, tokens are counted as `clamped`, and the derivative of the limited function, 0, is
// what the gradient gets (as of torch.clamp, which verl puts here with the same bound). NaN stays NaN.
//
// Levels of d:
//   token           log pi(y_t) - log pi_old(y_t)
//   sequence        mean over the sequence's unmasked tokens: s_i of GSPO (2507.18071, eq. 7); its tokens share the
//                   mean of their advantages
//   sequence-token  the same mean, tokens keep their advantages: GSPO-token
//   product         sum over the tokens: the ratio of whole responses, as the paper of TOPR has it (2503.14286)
// Beyond the token level every token's derivative is taken as d r / d log pi(y_t) = r, that is r = sg[s] pi / sg[pi]
// (GSPO-token, 2507.18071, eq. 14). For `sequence`, and factors that are alike within a sequence, that is the
// exact gradient of GSPO's objective; for `product` it is the policy gradient with one weight per response.
#pragma once

#include "exp.h"

namespace anacrusis::math {

constexpr float kLogRatioLimit = 20.0f;

enum RatioLevel : int32_t {
  kTokenRatio = 0,
  kSequenceRatio = 1,
  kSequenceTokenRatio = 2,
  kProductRatio = 3,
};

struct ImportanceRatio {
  float value;
  float clamped;  // 1 beyond the limit, else 0
};

FORMULA float limited_log_ratio(float d) {
  return d > kLogRatioLimit ? kLogRatioLimit : d < -kLogRatioLimit ? -kLogRatioLimit : d;
}

// Conditions here and in the objectives join with & and |: a branch would keep loops from vectorising.
FORMULA bool beyond_limit(float d) { return (d > kLogRatioLimit) | (d < -kLogRatioLimit); }

FORMULA ImportanceRatio importance_ratio(float log_ratio) {
  const float limited = limited_log_ratio(log_ratio);
  return {exp(limited), beyond_limit(log_ratio) ? 1.0f : 0.0f};
}

// min(r, cap); NaN stays NaN.
FORMULA float truncated_ratio(float ratio, float cap) { return ratio > cap ? cap : ratio; }

}  // namespace anacrusis::math
