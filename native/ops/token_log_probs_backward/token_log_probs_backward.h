#pragma once

#include "ops/targets.h"
#include "runtime/field.h"

namespace anacrusis {

// Gradient of token_log_probs (math/token_log_prob.h).
struct TokenLogProbsBackward {
  Dim T, V;
  Choice dtype;
  FloatsIn logits;
  View<const int32_t> targets;
  bool ignore_outside;
  double temperature;
  View<const float> lse, entropy, dlogp, dentropy;
  FloatsOut dlogits;

  static constexpr const char* name = "token_log_probs_backward";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Gradient with respect to the logits from per-token coefficients, over the logits where "
      "wanted. Rows with both coefficients 0 are filled with 0 unread.";

  static std::span<const Field> fields() {
    using Op = TokenLogProbsBackward;
    static constexpr Field list[] = {
        FIELD(Op, T).about("tokens"),
        FIELD(Op, V).at_least(1).about("vocabulary size"),
        FIELD(Op, dtype).one_of("f32|bf16|f16").about("type of logits and dlogits"),
        FIELD(Op, logits).dims("T,V").dtype_of("dtype").about("as given to token_log_probs"),
        FIELD(Op, targets).dims("T").about("as given to token_log_probs"),
        FIELD(Op, ignore_outside).about("as given to token_log_probs: gradients of such rows are 0"),
        FIELD(Op, temperature).above(0).about("as given to token_log_probs"),
        FIELD(Op, lse).dims("T").about("as returned by token_log_probs"),
        FIELD(Op, entropy).dims("T").optional().about(
            "as returned by token_log_probs; dentropy needs it"),
        FIELD(Op, dlogp).dims("T").about("gradient of the loss by logp"),
        FIELD(Op, dentropy)
            .dims("T")
            .optional()
            .about("gradient of the loss by entropy; 0 without it"),
        FIELD(Op, dlogits)
            .dims("T,V")
            .dtype_of("dtype")
            .may_alias("logits")
            .about("gradient of the loss by logits. " ANACRUSIS_ABOUT_F16_GRADIENTS),
    };
    return list;
  }

  static std::optional<Failure> check(const TokenLogProbsBackward& a) {
    if (!a.dentropy || a.entropy) return std::nullopt;
    return Failure{"ERR_MISSING", "entropy", "given along with dentropy", "none"};
  }

  static std::optional<Failure> check_values(const TokenLogProbsBackward& a) {
    return check_targets(a.targets, a.V, a.ignore_outside);
  }
};

}  // namespace anacrusis
