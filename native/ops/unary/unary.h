#pragma once

#include "runtime/field.h"

namespace anacrusis {

// The functions of math/unary.h, in the order of unary_functions.h.
constexpr const char* kUnaryFunctions =
    "neg|abs|exp|log|sqrt|rsqrt|square|reciprocal|relu|tanh|sigmoid|silu";

// y = f(x), element by element (math/unary.h).
struct Unary {
  Dim n;
  View<const float> x;
  Choice fn;
  View<float> y;

  static constexpr const char* name = "unary";
  static constexpr bool on_cuda = true;
  static constexpr const char* about = "y = f(x), element by element.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Unary, n).about("elements"),
        FIELD(Unary, x).dims("n").about("argument"),
        FIELD(Unary, fn).one_of(kUnaryFunctions).about("f; rsqrt is 1 / sqrt(x)"),
        FIELD(Unary, y).dims("n").may_alias("x").about("f(x)"),
    };
    return list;
  }
};

}  // namespace anacrusis
