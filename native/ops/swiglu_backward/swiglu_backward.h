#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Gradient of swiglu (math/swiglu.h).
struct SwigluBackward {
  Dim n;
  View<const float> gate, up, dy;
  View<float> dgate, dup;

  static constexpr const char* name = "swiglu_backward";
  static constexpr bool on_cuda = true;
  static constexpr const char* about = "Gradient of swiglu with respect to both arguments.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(SwigluBackward, n).about("elements"),
        FIELD(SwigluBackward, gate).dims("n").about("argument of silu"),
        FIELD(SwigluBackward, up).dims("n").about("what was gated"),
        FIELD(SwigluBackward, dy).dims("n").about("gradient of the result"),
        FIELD(SwigluBackward, dgate).dims("n").may_alias("gate").about("gradient of gate"),
        FIELD(SwigluBackward, dup).dims("n").may_alias("up").about("gradient of up"),
    };
    return list;
  }
};

}  // namespace anacrusis
