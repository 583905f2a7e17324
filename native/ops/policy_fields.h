// What the losses over logits take per token and as options of the objective (math/policy_objective.h): one
// description of it for all of them. T is the number of tokens.
#pragma once

#include <optional>
#include <string>

#include "math/policy_objective.h"
#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

#define ANACRUSIS_POLICY_MEMBERS                                               \
  View<const float> old_logp, advantages, weights;                             \
  View<const float> behavior_logp, ref_logp;                                  \
  View<const uint8_t> positives;                                               \
  Choice objective, kl, kl_gradient;                                           \
  double clip_low, clip_high, ratio_cap;                                       \
  double positive_weight, negative_weight, behavior_cap, kl_coef, entropy_coef

#define ANACRUSIS_POLICY_FIELDS(Op)                                                                \
  FIELD(Op, old_logp).dims("T").about("log-probability under the policy that drew the tokens"),    \
      FIELD(Op, advantages).dims("T").about("A_t"),                                                \
      FIELD(Op, weights)                                                                           \
          .dims("T")                                                                               \
          .about("factor of each token's loss in the sum: aggregate's weights; rows with 0, the "  \
                 "masked ones, are not read and get results and gradients of 0"),                  \
      FIELD(Op, behavior_logp)                                                                    \
          .dims("T")                                                                               \
          .optional()                                                                              \
          .about("log-probability under the sampler, where it is not the policy of old_logp"),     \
      FIELD(Op, ref_logp).dims("T").optional().about("log-probability under the reference"),       \
      FIELD(Op, positives)                                                                         \
          .dims("T")                                                                               \
          .values("0", "1")                                                                        \
          .optional()                                                                              \
          .about("topr: 1 for tokens of positive responses; without it, advantages > 0"),          \
      FIELD(Op, objective)                                                                         \
          .one_of("reinforce|ppo|dual-clip|tis|cispo|topr")                                        \
          .about("surrogate"),                                                                     \
      FIELD(Op, kl).one_of("none|k1|k2|k3").about("estimator of KL[policy || reference]"),         \
      FIELD(Op, kl_gradient)                                                                       \
          .one_of("own|k2")                                                                        \
          .about("gradient of the KL term: of the estimator itself, or of k2"),                    \
      FIELD(Op, clip_low).at_least(0).about("ppo, dual-clip, cispo: ratio clipped below 1 - it"),  \
      FIELD(Op, clip_high).at_least(0).about("ppo, dual-clip, cispo: ratio clipped above 1 + it"), \
      FIELD(Op, ratio_cap)                                                                         \
          .above(0)                                                                                \
          .about("tis, topr: largest weight; dual-clip: bound on the ratio under a negative "       \
                 "advantage, above 1"),                                                             \
      FIELD(Op, positive_weight).at_least(0).about("topr: weight of positives"),                   \
      FIELD(Op, negative_weight).at_least(0).about("topr: weight of negatives"),                   \
      FIELD(Op, behavior_cap).above(0).about("largest ratio old / behavior"),                    \
      FIELD(Op, kl_coef).about("factor of the KL term"),                                           \
      FIELD(Op, entropy_coef).about("factor of the entropy, which is subtracted")

template <class Op>
inline math::PolicyOptions policy_options(const Op& a) {
  const auto narrow = [](double x) { return static_cast<float>(x); };
  math::PolicyOptions o;
  o.objective = a.objective.index;
  o.kl = a.kl.index;
  o.kl_gradient = a.kl_gradient.index;
  o.clip_low = narrow(a.clip_low);
  o.clip_high = narrow(a.clip_high);
  o.dual_clip = o.ratio_cap = narrow(a.ratio_cap);
  o.positive_weight = narrow(a.positive_weight);
  o.negative_weight = narrow(a.negative_weight);
  o.behavior_cap = narrow(a.behavior_cap);
  o.kl_coef = narrow(a.kl_coef);
  o.entropy_coef = narrow(a.entropy_coef);
  return o;
}

// The options, as numbers, from one op to another.
template <class From, class To>
inline void copy_policy_options(const From& from, To& to) {
  to.objective = from.objective;
  to.kl = from.kl;
  to.kl_gradient = from.kl_gradient;
  to.clip_low = from.clip_low;
  to.clip_high = from.clip_high;
  to.ratio_cap = from.ratio_cap;
  to.positive_weight = from.positive_weight;
  to.negative_weight = from.negative_weight;
  to.behavior_cap = from.behavior_cap;
  to.kl_coef = from.kl_coef;
  to.entropy_coef = from.entropy_coef;
}

// Coefficients of one token's row of logits, its weight included.
struct PolicyRow {
  float loss;  // not weighted
  float g, h;  // weighted derivatives by logp and by entropy
};

template <class Op>
FORMULA PolicyRow policy_row(const Op& a, const math::PolicyOptions& options, int64_t i, float logp,
                             float entropy) {
  const float old_logp = a.old_logp[i], advantage = a.advantages[i], weight = a.weights[i];
  const math::PolicyToken token{
      logp,
      logp - old_logp,
      advantage,
      a.behavior_logp ? old_logp - a.behavior_logp[i] : 0.0f,
      a.ref_logp ? a.ref_logp[i] - logp : 0.0f,
      0.0f,
      entropy,
      a.positives ? a.positives[i] != 0 : advantage > 0.0f,
  };
  const math::PolicyTerms terms = math::policy_objective(options, token);
  return {terms.loss, weight * terms.g_logp, options.entropy_coef == 0.0f ? 0.0f : weight * terms.g_entropy};
}

// A factor without its term, or a term without its input, would silently be another loss.
template <class Op>
inline std::optional<Failure> check_policy(const Op& a) {
  const bool estimates = a.kl.index != math::kNoKl;
  if (a.T > 0 && estimates && !a.ref_logp) {
    return Failure{"ERR_MISSING", "ref_logp", "an array, since kl is an estimator from samples", "nothing"};
  }
  if (!estimates && a.kl_coef != 0.0) {
    return Failure{"ERR_RANGE", "kl_coef", "0 where kl is 'none'", std::to_string(a.kl_coef)};
  }
  if (a.objective.index == math::kDualClip && a.ratio_cap <= 1.0) {
    return Failure{"ERR_RANGE", "ratio_cap", "above 1 for dual-clip", std::to_string(a.ratio_cap)};
  }
  return std::nullopt;
}

}  // namespace anacrusis
