#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Gradient of softmax (math/softmax.h).
struct SoftmaxBackward {
  Dim N, V;
  View<const float> y, dy;
  View<float> dx;

  static constexpr const char* name = "softmax_backward";
  static constexpr bool on_cuda = true;
  static constexpr const char* about = "Gradient of softmax from its result.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(SoftmaxBackward, N).about("rows"),
        FIELD(SoftmaxBackward, V).about("elements of a row"),
        FIELD(SoftmaxBackward, y).dims("N,V").about("probabilities, the result of softmax"),
        FIELD(SoftmaxBackward, dy).dims("N,V").about("gradient of y"),
        FIELD(SoftmaxBackward, dx).dims("N,V").may_alias("dy").about("gradient of the logits"),
    };
    return list;
  }
};

}  // namespace anacrusis
