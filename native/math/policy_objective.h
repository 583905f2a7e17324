// Loss of one token of a policy update and its derivatives: what policy_loss and the fused losses over
// logits compute per token, one home for it.
//
//   loss = w S(r, A, logp) + kl_coef KL - entropy_coef H
//
//   S    surrogate by `objective`: clipped_surrogate.h (PPO, dual clip), weighted_log_prob.h (the others)
//   r    pi / pi_old at the caller's level: importance_ratio.h. GSPO: S of PPO, r of the sequence, A its mean advantage;
//        GSPO-token: the same with token advantages
//   w    min(pi_old / mu, behavior_cap), a constant; 1 where the policy mu that sampled the tokens is not given.
//        PPO with w and no cap: decoupled PPO (2110.00641). With a cap: truncated correction of the
//        mismatch between sampler and trainer (Yao et al., "Your efficient RL framework secretly brings you
//        off-policy RL training", 2025). w scales S alone.
//   KL   to the reference (kl.h), by estimator, or of the whole distributions, given
//   H    entropy of the token's distribution, nats
//
// Derivatives: g_logp by logp, g_entropy by H, g_kl by the given KL of distributions; the loss over logits chains them:
// dL/dz_j = g_logp (1[j = y] - p_j) + g_entropy (-p_j (log p_j + H)). Constants (stop-gradient): A, w, pi_old,
// mu, the reference, the weight of weighted_log_prob.h, r of other tokens. All are per token, unweighted: the caller
// multiplies by token_weight / denominator (aggregation.h), and masks inputs before (masked.h).
#pragma once

#include "kl.h"
#include "weighted_log_prob.h"

namespace anacrusis::math {

enum PolicyObjective : int32_t {
  kReinforce = 0,
  kPpo = 1,
  kDualClip = 2,
  kTis = 3,
  kCispo = 4,
  kTopr = 5,
};

struct PolicyOptions {
  int32_t objective = kPpo, kl = kNoKl, kl_gradient = kOwnSlope;
  float clip_low = 0.2f, clip_high = 0.2f, dual_clip = 3.0f, ratio_cap = 1.0f;
  float positive_weight = 1.0f, negative_weight = 1.0f, behavior_cap = INFINITY;
  float kl_coef = 0.0f, entropy_coef = 0.0f;
};

struct PolicyToken {
  float logp;                  // log pi(y_t)
  float log_ratio;             // log pi / pi_old, at the level that is asked for
  float advantage;             // A
  float behavior_log_ratio;   // log pi_old / mu; 0 without mu
  float reference_log_ratio;   // log pi_ref / pi; 0 without a reference
  float kl;                    // given KL[pi || ref] of the distributions; 0 without
  float entropy;               // H; 0 without
  bool positive;               // TOPR: belongs to a positive response
};

struct PolicyTerms {
  float loss, g_logp, g_entropy, g_kl;
  float surrogate;                    // w S
  float ratio, behavior_weight, kl;  // as used: limited and truncated
  float clipped_low, clipped_high, clipped_dual;
  float behavior_truncated;  // 1 where behavior_cap took the place of w
  float clamped;              // 1 where a log-ratio was beyond kLogRatioLimit
};

FORMULA Surrogate policy_surrogate(const PolicyOptions& o, const PolicyToken& t,
                                   ImportanceRatio r) {
  if (o.objective == kReinforce) return weighted_log_prob(t.logp, t.advantage, 1.0f);
  if (o.objective == kTis) return tis_surrogate(r.value, t.logp, t.advantage, o.ratio_cap);
  if (o.objective == kCispo) {
    return cispo_surrogate(r.value, t.logp, t.advantage, o.clip_low, o.clip_high);
  }
  if (o.objective == kTopr) {
    return topr_surrogate(r.value, t.logp, t.advantage, t.positive, o.ratio_cap, o.positive_weight,
                          o.negative_weight);
  }
  const float dual = o.objective == kDualClip ? o.dual_clip : INFINITY;
  return clipped_surrogate(r, t.advantage, o.clip_low, o.clip_high, dual);
}

FORMULA PolicyTerms policy_objective(const PolicyOptions& o, const PolicyToken& t) {
  const ImportanceRatio r = importance_ratio(t.log_ratio);
  const ImportanceRatio behavior = importance_ratio(t.behavior_log_ratio);
  const float w = truncated_ratio(behavior.value, o.behavior_cap);
  const Surrogate s = policy_surrogate(o, t, r);
  const KlTerm kl = kl_term(o.kl, o.kl_gradient, t.reference_log_ratio, t.kl);
  const bool clamped = r.clamped + behavior.clamped + kl.clamped != 0.0f;
  const float surrogate = w * s.loss;
  return {surrogate + (o.kl_coef * kl.value - o.entropy_coef * t.entropy),
          w * s.slope + o.kl_coef * kl.slope,
          -o.entropy_coef,
          o.kl == kFullKl ? o.kl_coef : 0.0f,
          surrogate,
          r.value,
          w,
          kl.value,
          s.clipped_low,
          s.clipped_high,
          s.clipped_dual,
          behavior.value > o.behavior_cap ? 1.0f : 0.0f,
          clamped ? 1.0f : 0.0f};
}

}  // namespace anacrusis::math
