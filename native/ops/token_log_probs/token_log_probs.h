#pragma once

#include "ops/targets.h"
#include "runtime/field.h"

namespace anacrusis {

// Log-probability of given tokens from logits (math/token_log_prob.h).
struct TokenLogProbs {
  Dim T, V;
  Choice dtype;
  FloatsIn logits;
  View<const int32_t> targets;
  bool ignore_outside;
  double temperature;
  View<float> logp, entropy, lse;

  static constexpr const char* name = "token_log_probs";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Log-probability, entropy and log-sum-exp of softmax(logits / temperature), in one read of "
      "each row. "
      "Logits of -inf have probability 0. A row has the same bits in any batch.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(TokenLogProbs, T).about("tokens"),
        FIELD(TokenLogProbs, V).at_least(1).about("vocabulary size"),
        FIELD(TokenLogProbs, dtype).one_of("f32|bf16|f16").about("type of the logits"),
        FIELD(TokenLogProbs, logits)
            .dims("T,V")
            .dtype_of("dtype")
            .about("unnormalised log-probabilities"),
        FIELD(TokenLogProbs, targets).dims("T").about("the token that was drawn, 0..V-1"),
        FIELD(TokenLogProbs, ignore_outside)
            .about("rows with a target outside of 0..V-1 are not read: all their results are 0; "
                   "otherwise such a target is refused (on a device: its row is ignored)"),
        FIELD(TokenLogProbs, temperature).above(0).about("divisor of the logits"),
        FIELD(TokenLogProbs, logp).dims("T").optional().about("log-probability of the target, nats"),
        FIELD(TokenLogProbs, entropy).dims("T").optional().about("entropy of the row, nats"),
        FIELD(TokenLogProbs, lse).dims("T").optional().about("log-sum-exp of logits / temperature"),
    };
    return list;
  }

  static std::optional<Failure> check_values(const TokenLogProbs& a) {
    return check_targets(a.targets, a.V, a.ignore_outside);
  }
};

}  // namespace anacrusis
