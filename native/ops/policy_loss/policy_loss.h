#pragma once

#include "math/policy_objective.h"
#include "ops/packed_sequences.h"
#include "runtime/field.h"

namespace anacrusis {

// Policy losses and their derivatives per token (math/policy_objective.h, math/aggregation.h).
struct PolicyLoss {
  Dim T, S;
  View<const float> logp, old_logp, advantages, behavior_logp, ref_logp, kl_divergence, entropy;
  View<const uint8_t> mask, positives;
  View<const int32_t> offsets;
  Choice objective, ratio;
  double clip_low, clip_high, ratio_cap, positive_weight, negative_weight, behavior_cap;
  Choice kl, kl_gradient;
  double kl_coef, entropy_coef;
  Choice aggregation;
  double denominator;
  View<double> loss;
  View<float> dlogp, dentropy, dkl;
  View<double> metrics;
  View<int32_t> numerator;

  // Places in `metrics`.
  enum Metric : int32_t {
    kNumerator, kTokens, kSequences, kClippedLow, kClippedHigh, kClippedDual, kK1, kK2, kK3, kRatio,
    kRatioSquare, kLargestRatio, kEntropy, kKl, kSurrogate, kBehavior, kBehaviorSquare,
    kBehaviorTruncated, kClamped, kNotFinite, kMetrics
  };

  static constexpr const char* name = "policy_loss";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Policy loss over packed sequences and the derivatives that the loss over logits chains: clipped PPO, dual clip, "
      "decoupled PPO, TIS, CISPO, TOPR, REINFORCE and GSPO, with KL and entropy terms. Divided by a denominator that "
      "counts over the whole optimiser batch, so that parts of a batch add up to its loss, to the bit.";

  static std::span<const Field> fields() {
    using Op = PolicyLoss;
    static constexpr Field list[] = {
        FIELD(Op, T).about("tokens of all sequences"),
        FIELD(Op, S).about("sequences"),
        FIELD(Op, logp).dims("T").about("log-probability under the policy that learns, nats"),
        FIELD(Op, old_logp).dims("T").about("log-probability under the policy that the ratio is taken to"),
        FIELD(Op, advantages).dims("T").about("A_t"),
        FIELD(Op, behavior_logp).dims("T").optional().about(
            "log-probability under the policy that drew the tokens, where that is not the old one: the surrogate is "
            "weighted by their ratio"),
        FIELD(Op, ref_logp).dims("T").optional().about("log-probability under the reference: for k1, k2, k3"),
        FIELD(Op, kl_divergence).dims("T").optional().about(
            "KL[policy || reference] of each token's distribution, nats: for full"),
        FIELD(Op, entropy).dims("T").optional().about("entropy of each token's distribution, nats"),
        FIELD(Op, mask).dims("T").values("0", "1").about("1: the token counts"),
        FIELD(Op, positives).dims("T").values("0", "1").optional().about(
            "topr: 1 for tokens of positive responses; without it the advantages' signs say"),
        FIELD(Op, offsets).dims("S+1").host().values("0", "T").about(
            "where each sequence begins, rising from 0; the last entry is T"),
        FIELD(Op, objective).one_of("reinforce|ppo|dual-clip|tis|cispo|topr").about("which surrogate"),
        FIELD(Op, ratio).one_of("token|sequence|sequence-token|product").about(
            "ratio of each token, exp of the sequence's mean log-ratio with its mean advantage (GSPO) or with token "
            "advantages (GSPO-token), or exp of its sum"),
        FIELD(Op, clip_low).at_least(0).about("ppo, dual-clip, cispo: the ratio is clipped below 1 - clip_low"),
        FIELD(Op, clip_high).at_least(0).about("ppo, dual-clip, cispo: the ratio is clipped above 1 + clip_high"),
        FIELD(Op, ratio_cap).above(0).about(
            "tis, topr: largest weight; dual-clip: bound on the ratio under a negative advantage, above 1"),
        FIELD(Op, positive_weight).at_least(0).about("topr: weight of positives"),
        FIELD(Op, negative_weight).at_least(0).about("topr: weight of the others"),
        FIELD(Op, behavior_cap).above(0).about("largest old / behavior ratio used; decoupled PPO has none: 1e30"),
        FIELD(Op, kl).one_of("none|k1|k2|k3|full").about("estimator of KL[policy || reference] in the loss"),
        FIELD(Op, kl_gradient).one_of("own|k2").about("derivative of the estimator's value, or that of k2"),
        FIELD(Op, kl_coef).about("factor of the divergence"),
        FIELD(Op, entropy_coef).about("factor of the entropy, which is taken off the loss"),
        FIELD(Op, aggregation)
            .one_of("token-mean|seq-mean-token-mean|seq-mean-token-sum|seq-mean-token-sum-norm")
            .about("how tokens and sequences are averaged"),
        FIELD(Op, denominator).above(0).about(
            "over the whole optimiser batch: its unmasked tokens (token-mean), its sequences with an unmasked token "
            "(seq-mean-*), those times the norm constant (seq-mean-token-sum-norm)"),
        FIELD(Op, loss).dims("1").about("numerator / denominator"),
        FIELD(Op, dlogp).dims("T").about("derivative of the loss by logp"),
        FIELD(Op, dentropy).dims("T").optional().about("derivative of the loss by entropy"),
        FIELD(Op, dkl).dims("T").optional().about("derivative of the loss by kl_divergence"),
        FIELD(Op, metrics).dims("20").about(
            "over unmasked tokens: numerator of the loss, tokens, sequences that hold one; tokens whose ratio was "
            "replaced by the lower bound, the upper one, the dual clip; sums of k1, k2 and k3 of KL[old || new], of log-ratios "
            "limited to [-20, 20]; sum, sum of squares and largest of the ratios used (0 without tokens; NaN passed over); sum of entropy, of the KL "
            "term; the surrogate's part of the loss; sum and sum of squares of the behavior weights, how many were "
            "capped; tokens with a log-ratio beyond 20, with an input that is not finite"),
        FIELD(Op, numerator).dims("12").optional().about(
            "the numerator before it was rounded: a sum that exact_sum adds to others'"),
    };
    return list;
  }

  // A factor without its term, or a term without its input, would silently be another loss.
  static std::optional<Failure> check(const PolicyLoss& a) {
    const auto missing = [](const char* field, const char* why) {
      return Failure{"ERR_MISSING", field, std::string("an array, since ") + why, "nothing"};
    };
    const int32_t kl = a.kl.index;
    if (a.T > 0 && kl == math::kFullKl && !a.kl_divergence) return missing("kl_divergence", "kl is 'full'");
    if (a.T > 0 && kl != math::kNoKl && kl != math::kFullKl && !a.ref_logp) {
      return missing("ref_logp", "kl is an estimator from samples");
    }
    if (kl == math::kNoKl && a.kl_coef != 0.0) {
      return Failure{"ERR_RANGE", "kl_coef", "0 where kl is 'none'", std::to_string(a.kl_coef)};
    }
    if (a.T > 0 && a.entropy_coef != 0.0 && !a.entropy) return missing("entropy", "entropy_coef is not 0");
    if (a.objective.index == math::kDualClip && a.ratio_cap <= 1.0) {
      return Failure{"ERR_RANGE", "ratio_cap", "above 1 for dual-clip", std::to_string(a.ratio_cap)};
    }
    return check_offsets(a.offsets, a.S, a.T);
  }
};

}  // namespace anacrusis
