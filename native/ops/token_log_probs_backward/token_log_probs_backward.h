#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Gradient of token_log_probs (math/token_log_prob.h).
struct TokenLogProbsBackward {
  Dim T, V;
  View<const float> logits;
  View<const int32_t> targets;
  double temperature;
  View<const float> lse, entropy, dlogp, dentropy;
  View<float> dlogits;

  static constexpr const char* name = "token_log_probs_backward";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Gradient with respect to the logits from per-token coefficients. Rows with both "
      "coefficients 0 are "
      "filled with 0 unread.";

  static std::span<const Field> fields() {
    using Op = TokenLogProbsBackward;
    static constexpr Field list[] = {
        FIELD(Op, T).about("tokens"),
        FIELD(Op, V).at_least(1).about("vocabulary size"),
        FIELD(Op, logits).dims("T,V").about("as given to token_log_probs"),
        FIELD(Op, targets).dims("T").values("0", "V-1").about("as given to token_log_probs"),
        FIELD(Op, temperature).above(0).about("as given to token_log_probs"),
        FIELD(Op, lse).dims("T").about("as returned by token_log_probs"),
        FIELD(Op, entropy).dims("T").about("as returned by token_log_probs"),
        FIELD(Op, dlogp).dims("T").about("gradient of the loss by logp"),
        FIELD(Op, dentropy)
            .dims("T")
            .optional()
            .about("gradient of the loss by entropy; 0 without it"),
        FIELD(Op, dlogits).dims("T,V").may_alias("logits").about("gradient of the loss by logits"),
    };
    return list;
  }
};

}  // namespace anacrusis
