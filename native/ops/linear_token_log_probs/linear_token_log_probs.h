#pragma once

#include "ops/targets.h"
#include "runtime/field.h"

namespace anacrusis {

// token_log_probs of logits = hidden weight^T that are never stored (math/token_log_prob.h).
struct LinearTokenLogProbs {
  Dim T, V, D;
  Choice dtype;
  FloatsIn hidden, weight;
  View<const int32_t> targets;
  bool ignore_outside;
  double temperature;
  View<float> logp, entropy, lse;

  static constexpr const char* name = "linear_token_log_probs";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Log-probability, entropy and log-sum-exp of softmax(hidden weight^T / temperature) without the logits in "
      "memory: for the policy that learns, the old one and the reference. On a CPU logits are float32; on a device "
      "they are rounded to the type of hidden.";

  static std::span<const Field> fields() {
    using Op = LinearTokenLogProbs;
    static constexpr Field list[] = {
        FIELD(Op, T).about("tokens"),
        FIELD(Op, V).at_least(1).about("vocabulary size"),
        FIELD(Op, D).at_least(1).about("hidden size"),
        FIELD(Op, dtype).one_of("f32|bf16|f16").about("type of hidden and weight"),
        FIELD(Op, hidden).dims("T,D").dtype_of("dtype").about("last hidden states"),
        FIELD(Op, weight).dims("V,D").dtype_of("dtype").about("weight of the head"),
        FIELD(Op, targets).dims("T").about("the token that was drawn, 0..V-1"),
        FIELD(Op, ignore_outside)
            .about("rows with a target outside of 0..V-1 are not read: all their results are 0; "
                   "otherwise such a target is refused (on a device: its row is ignored)"),
        FIELD(Op, temperature).above(0).about("divisor of the logits"),
        FIELD(Op, logp).dims("T").optional().about("log-probability of the target, nats"),
        FIELD(Op, entropy).dims("T").optional().about("entropy of the row, nats"),
        FIELD(Op, lse).dims("T").optional().about("log-sum-exp of logits / temperature"),
    };
    return list;
  }

  static std::optional<Failure> check_values(const LinearTokenLogProbs& a) {
    return check_targets(a.targets, a.V, a.ignore_outside);
  }
};

}  // namespace anacrusis
