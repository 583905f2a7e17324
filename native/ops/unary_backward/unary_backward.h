#pragma once

#include "ops/unary/unary.h"
#include "runtime/field.h"

namespace anacrusis {

// Gradient of unary (math/unary.h).
struct UnaryBackward {
  Dim n;
  View<const float> x, y, dy;
  Choice fn;
  View<float> dx;

  static constexpr const char* name = "unary_backward";
  static constexpr bool on_cuda = true;
  static constexpr const char* about = "Gradient of unary: dx = dy f'(x).";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(UnaryBackward, n).about("elements"),
        FIELD(UnaryBackward, x).dims("n").about("argument of the forward call"),
        FIELD(UnaryBackward, y).dims("n").about("its result"),
        FIELD(UnaryBackward, dy).dims("n").about("gradient of y"),
        FIELD(UnaryBackward, fn).one_of(kUnaryFunctions).about("f"),
        FIELD(UnaryBackward, dx).dims("n").may_alias("dy").about("gradient of x"),
    };
    return list;
  }
};

}  // namespace anacrusis
