#pragma once

#include "ops/policy_fields.h"
#include "ops/targets.h"

namespace anacrusis {

// Policy loss from logits and its gradient in their place (math/policy_objective.h, math/token_log_prob.h).
struct PolicyLossLogits {
  Dim T, V;
  Choice dtype;
  FloatsOut logits;
  View<const int32_t> targets;
  double temperature;
  ANACRUSIS_POLICY_MEMBERS;
  View<double> loss;
  View<float> losses, logp, entropy;

  static constexpr const char* name = "policy_loss_logits";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Policy loss over logits, whose gradient takes their place, in one pass over the rows: for losses with "
      "token-level ratios and normalisers that are known beforehand (weights, by aggregate). Same log-probabilities, "
      "to the bit, as token_log_probs.";

  static std::span<const Field> fields() {
    using Op = PolicyLossLogits;
    static constexpr Field list[] = {
        FIELD(Op, T).about("tokens"),
        FIELD(Op, V).at_least(1).about("vocabulary size"),
        FIELD(Op, dtype).one_of("f32|bf16|f16").about("type of the logits"),
        FIELD(Op, logits)
            .dims("T,V")
            .dtype_of("dtype")
            .updated()
            .about("logits; then the gradient of the loss by them. " ANACRUSIS_ABOUT_F16_GRADIENTS),
        FIELD(Op, targets).dims("T").about(
            "the token that was drawn; rows with one outside of 0..V-1 count as masked"),
        FIELD(Op, temperature).above(0).about("divisor of the logits"),
        ANACRUSIS_POLICY_FIELDS(Op),
        FIELD(Op, loss).dims("1").about("sum of weights times losses, rounded once"),
        FIELD(Op, losses).dims("T").about("loss of each token"),
        FIELD(Op, logp).dims("T").optional().about("log-probability of the target, nats"),
        FIELD(Op, entropy).dims("T").optional().about("entropy of the row, nats"),
    };
    return list;
  }

  static std::optional<Failure> check(const PolicyLossLogits& a) { return check_policy(a); }
};

}  // namespace anacrusis
