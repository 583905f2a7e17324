#pragma once

#include "ops/targets.h"
#include "runtime/field.h"

namespace anacrusis {

// Gradient of linear_token_log_probs (math/token_log_prob.h).
struct LinearTokenLogProbsBackward {
  Dim T, V, D;
  Choice dtype;
  FloatsIn hidden, weight;
  View<const int32_t> targets;
  bool ignore_outside;
  double temperature;
  View<const float> dlogp, dentropy;
  Integer workspace_bytes;
  FloatsOut dhidden;
  View<float> dweight;
  bool accumulate;

  static constexpr const char* name = "linear_token_log_probs_backward";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Gradients with respect to hidden and weight from per-token coefficients. The logits are made again, a chunk of "
      "tokens at a time. Tokens with both coefficients 0 are not read.";

  static std::span<const Field> fields() {
    using Op = LinearTokenLogProbsBackward;
    static constexpr Field list[] = {
        FIELD(Op, T).about("tokens"),
        FIELD(Op, V).at_least(1).about("vocabulary size"),
        FIELD(Op, D).at_least(1).about("hidden size"),
        FIELD(Op, dtype).one_of("f32|bf16|f16").about("type of hidden, weight and dhidden"),
        FIELD(Op, hidden).dims("T,D").dtype_of("dtype").about("as given to linear_token_log_probs"),
        FIELD(Op, weight).dims("V,D").dtype_of("dtype").about("as given to linear_token_log_probs"),
        FIELD(Op, targets).dims("T").about("as given to linear_token_log_probs"),
        FIELD(Op, ignore_outside)
            .about("as given to linear_token_log_probs: gradients of such rows are 0"),
        FIELD(Op, temperature).above(0).about("as given to linear_token_log_probs"),
        FIELD(Op, dlogp).dims("T").about("gradient of the loss by logp"),
        FIELD(Op, dentropy)
            .dims("T")
            .optional()
            .about("gradient of the loss by entropy; 0 without it"),
        FIELD(Op, workspace_bytes)
            .at_least(0)
            .about("budget for logits and panels, which gives the tokens of a chunk, 16 at least; results do not "
                   "depend on it (on a device: but for the order of the additions in dweight)"),
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

  static std::optional<Failure> check_values(const LinearTokenLogProbsBackward& a) {
    return check_targets(a.targets, a.V, a.ignore_outside);
  }
};

}  // namespace anacrusis
