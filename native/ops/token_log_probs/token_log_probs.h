#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Log-probability of given tokens from logits (math/token_log_prob.h).
struct TokenLogProbs {
  Dim T, V;
  View<const float> logits;
  View<const int32_t> targets;
  double temperature;
  View<float> logp, entropy, lse;

  static constexpr const char* name = "token_log_probs";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Log-probability, entropy and log-sum-exp of softmax(logits / temperature), in one read of "
      "each row. "
      "Logits of -inf have probability 0.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(TokenLogProbs, T).about("tokens"),
        FIELD(TokenLogProbs, V).at_least(1).about("vocabulary size"),
        FIELD(TokenLogProbs, logits).dims("T,V").about("unnormalised log-probabilities"),
        FIELD(TokenLogProbs, targets)
            .dims("T")
            .values("0", "V-1")
            .about("the token that was drawn"),
        FIELD(TokenLogProbs, temperature).above(0).about("divisor of the logits"),
        FIELD(TokenLogProbs, logp).dims("T").about("log-probability of the target, nats"),
        FIELD(TokenLogProbs, entropy).dims("T").about("entropy of the row, nats"),
        FIELD(TokenLogProbs, lse).dims("T").about("log-sum-exp of logits / temperature"),
    };
    return list;
  }
};

}  // namespace anacrusis
