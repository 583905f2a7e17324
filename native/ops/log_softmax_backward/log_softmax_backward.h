#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Gradient of log_softmax (math/softmax.h).
struct LogSoftmaxBackward {
  Dim N, V;
  View<const float> y, dy;
  View<float> dx;

  static constexpr const char* name = "log_softmax_backward";
  static constexpr bool on_cuda = true;
  static constexpr const char* about = "Gradient of log_softmax from its result.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(LogSoftmaxBackward, N).about("rows"),
        FIELD(LogSoftmaxBackward, V).about("elements of a row"),
        FIELD(LogSoftmaxBackward, y).dims("N,V").about("log-probabilities, the result of log_softmax"),
        FIELD(LogSoftmaxBackward, dy).dims("N,V").about("gradient of y"),
        FIELD(LogSoftmaxBackward, dx).dims("N,V").may_alias("dy").about("gradient of the logits"),
    };
    return list;
  }
};

}  // namespace anacrusis
