#pragma once

#include "ops/policy_fields.h"
#include "ops/targets.h"

namespace anacrusis {

// Policy loss over logits = hidden weight^T that are never stored (math/policy_objective.h, math/token_log_prob.h).
struct LinearPolicyLoss {
  Dim T, V, D;
  Choice dtype;
  FloatsIn hidden, weight;
  View<const int32_t> targets;
  double temperature;
  ANACRUSIS_POLICY_MEMBERS;
  Integer workspace_bytes;
  View<double> loss;
  View<float> losses, logp, entropy;
  FloatsOut dhidden;
  View<float> dweight;
  bool accumulate;

  static constexpr const char* name = "linear_policy_loss";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Policy loss over the logits hidden weight^T with its gradients by hidden and weight, a chunk of tokens at a time: "
      "the logits of all tokens are never in memory. For losses as of policy_loss_logits. On a CPU logits are "
      "float32; on a device they and their gradients are rounded to the type of hidden.";

  static std::span<const Field> fields() {
    using Op = LinearPolicyLoss;
    static constexpr Field list[] = {
        FIELD(Op, T).about("tokens"),
        FIELD(Op, V).at_least(1).about("vocabulary size"),
        FIELD(Op, D).at_least(1).about("hidden size"),
        FIELD(Op, dtype).one_of("f32|bf16|f16").about("type of hidden, weight and dhidden"),
        FIELD(Op, hidden).dims("T,D").dtype_of("dtype").about("last hidden states"),
        FIELD(Op, weight).dims("V,D").dtype_of("dtype").about("weight of the head"),
        FIELD(Op, targets).dims("T").about(
            "the token that was drawn; rows with one outside of 0..V-1 count as masked"),
        FIELD(Op, temperature).above(0).about("divisor of the logits"),
        ANACRUSIS_POLICY_FIELDS(Op),
        FIELD(Op, workspace_bytes)
            .at_least(0)
            .about("budget for logits and panels, which gives the tokens of a chunk, 16 at least; results do not "
                   "depend on it (on a device: but for the order of the additions in dweight)"),
        FIELD(Op, loss).dims("1").about("sum of weights times losses, rounded once"),
        FIELD(Op, losses).dims("T").about("loss of each token"),
        FIELD(Op, logp).dims("T").optional().about("log-probability of the target, nats"),
        FIELD(Op, entropy).dims("T").optional().about("entropy of the row, nats"),
        FIELD(Op, dhidden).dims("T,D").dtype_of("dtype").about(
            "gradient of the loss by hidden. " ANACRUSIS_ABOUT_F16_GRADIENTS),
        FIELD(Op, dweight)
            .dims("V,D")
            .updated()
            .optional()
            .about("gradient of the loss by weight; left out where the head is frozen"),
        FIELD(Op, accumulate).about("add to dweight instead of setting it"),
    };
    return list;
  }

  static std::optional<Failure> check(const LinearPolicyLoss& a) { return check_policy(a); }
};

}  // namespace anacrusis
