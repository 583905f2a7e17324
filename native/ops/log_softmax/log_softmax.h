#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Logarithm of the softmax of every row (math/softmax.h).
struct LogSoftmax {
  Dim N, V;
  View<const float> x;
  View<float> y;

  static constexpr const char* name = "log_softmax";
  static constexpr bool on_cuda = true;
  static constexpr const char* about = "Logarithm of the softmax of every row.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(LogSoftmax, N).about("rows"),
        FIELD(LogSoftmax, V).about("elements of a row"),
        FIELD(LogSoftmax, x).dims("N,V").about("logits"),
        FIELD(LogSoftmax, y).dims("N,V").may_alias("x").about("log-probabilities"),
    };
    return list;
  }
};

}  // namespace anacrusis
