#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Softmax of every row (math/softmax.h).
struct Softmax {
  Dim N, V;
  View<const float> x;
  View<float> y;

  static constexpr const char* name = "softmax";
  static constexpr bool on_cuda = true;
  static constexpr const char* about = "Softmax of every row.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Softmax, N).about("rows"),
        FIELD(Softmax, V).about("elements of a row"),
        FIELD(Softmax, x).dims("N,V").about("logits; -inf has probability 0"),
        FIELD(Softmax, y).dims("N,V").may_alias("x").about("probabilities"),
    };
    return list;
  }
};

}  // namespace anacrusis
