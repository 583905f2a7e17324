// One token of policy_loss: its inputs, masked, and what the back ends tally of it.
#pragma once

#include "math/aggregation.h"
#include "math/masked.h"
#include "policy_loss.h"

namespace anacrusis {

// What the tokens of a sequence share.
struct SequenceTerms {
  float scale;      // of a token in the loss: weight / denominator
  float log_ratio;  // beyond the token level
  float advantage;  // ratio: sequence
};

// Options and pointers, each readable at every token: an input left out points to another one, and counts as 0.
struct PolicyInputs {
  math::PolicyOptions options;
  const float *logp, *old_logp, *advantages, *behavior, *reference, *kl, *entropy;
  const uint8_t *mask, *positives;
  int32_t level;
  bool has_behavior, has_reference, has_kl, has_entropy, has_positives;

  explicit PolicyInputs(const PolicyLoss& a) {
    const auto number = [](double x) { return static_cast<float>(x); };
    const auto given = [&](View<const float> view) { return view ? view.data : a.logp.data; };
    options.objective = a.objective.index;
    options.kl = a.kl.index;
    options.kl_gradient = a.kl_gradient.index;
    options.clip_low = number(a.clip_low);
    options.clip_high = number(a.clip_high);
    options.dual_clip = options.ratio_cap = number(a.ratio_cap);
    options.positive_weight = number(a.positive_weight);
    options.negative_weight = number(a.negative_weight);
    options.behavior_cap = number(a.behavior_cap);
    options.kl_coef = number(a.kl_coef);
    options.entropy_coef = number(a.entropy_coef);
    logp = a.logp.data, old_logp = a.old_logp.data, advantages = a.advantages.data;
    behavior = given(a.behavior_logp), reference = given(a.ref_logp);
    kl = given(a.kl_divergence), entropy = given(a.entropy);
    mask = a.mask.data, positives = a.positives ? a.positives.data : a.mask.data;
    level = a.ratio.index;
    has_behavior = static_cast<bool>(a.behavior_logp), has_reference = static_cast<bool>(a.ref_logp);
    has_kl = static_cast<bool>(a.kl_divergence), has_entropy = static_cast<bool>(a.entropy);
    has_positives = static_cast<bool>(a.positives);
  }

  FORMULA_METHOD float token_log_ratio(int64_t i) const { return math::masked(logp[i] - old_logp[i], mask[i]); }
  FORMULA_METHOD float token_advantage(int64_t i) const { return math::masked(advantages[i], mask[i]); }
  FORMULA_METHOD static float if_given(float x, bool given) { return math::masked(x, given ? 1 : 0); }

  // Nothing but a surrogate at the token level: what most users ask for.
  bool plain() const {
    return level == math::kTokenRatio && !has_behavior && !has_entropy && options.kl == math::kNoKl;
  }

  template <bool kPlain>
  FORMULA_METHOD math::PolicyToken token(int64_t i, const SequenceTerms& shared) const {
    const uint8_t counts = mask[i];
    const float own_ratio = token_log_ratio(i), own_advantage = token_advantage(i);
    const bool by_token = kPlain || level == math::kTokenRatio, own = kPlain || level != math::kSequenceRatio;
    const float log_ratio = by_token ? own_ratio : math::masked(shared.log_ratio, counts);
    const float advantage = own ? own_advantage : math::masked(shared.advantage, counts);
    const bool said = positives[i] != 0;
    const bool positive = (has_positives & said) | (!has_positives & (advantage > 0.0f));
    const float logp_i = math::masked(logp[i], counts);
    if (kPlain) return {logp_i, log_ratio, advantage, 0.0f, 0.0f, 0.0f, 0.0f, positive};
    return {logp_i,
            log_ratio,
            advantage,
            if_given(math::masked(old_logp[i] - behavior[i], counts), has_behavior),
            if_given(math::masked(reference[i] - logp[i], counts), has_reference),
            if_given(math::masked(kl[i], counts), has_kl),
            if_given(math::masked(entropy[i], counts), has_entropy),
            positive};
  }
};

enum PolicyFlag : int32_t {
  kLowFlag = 1,
  kHighFlag = 2,
  kDualFlag = 4,
  kTruncatedFlag = 8,
  kClampedFlag = 16,
  kNotFiniteFlag = 32,
};

// What the metrics are made of; all 0 where the mask is.
struct PolicyRecord {
  float log_ratio, ratio, behavior, kl, entropy, surrogate;
  int32_t flags;
};

// 0 for a finite x, else NaN.
FORMULA float vanishes(float x) { return x - x; }

FORMULA PolicyRecord policy_record(const math::PolicyToken& t, const math::PolicyTerms& x,
                                   float token_log_ratio, float scale, uint8_t counts) {
  const bool beyond = math::beyond_limit(token_log_ratio);
  const float all = vanishes(token_log_ratio) + vanishes(t.logp) + vanishes(t.advantage) +
                    vanishes(t.behavior_log_ratio) + vanishes(t.reference_log_ratio) + vanishes(t.kl) +
                    vanishes(t.entropy);
  const int32_t flags = (x.clipped_low != 0.0f ? kLowFlag : 0) | (x.clipped_high != 0.0f ? kHighFlag : 0) |
                        (x.clipped_dual != 0.0f ? kDualFlag : 0) |
                        (x.behavior_truncated != 0.0f ? kTruncatedFlag : 0) |
                        (beyond | (x.clamped != 0.0f) ? kClampedFlag : 0) | (all == 0.0f ? 0 : kNotFiniteFlag);
  return {math::limited_log_ratio(token_log_ratio),
          math::masked(x.ratio, counts),
          math::masked(x.behavior_weight, counts),
          x.kl,
          t.entropy,
          math::masked(x.surrogate * scale, counts),
          counts != 0 ? flags : 0};
}

}  // namespace anacrusis
