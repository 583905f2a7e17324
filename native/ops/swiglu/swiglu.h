#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Gate of a feed-forward block (math/swiglu.h).
struct Swiglu {
  Dim n;
  View<const float> gate, up;
  View<float> y;

  static constexpr const char* name = "swiglu";
  static constexpr bool on_cuda = true;
  static constexpr const char* about = "y = silu(gate) up (2002.05202).";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Swiglu, n).about("elements"),
        FIELD(Swiglu, gate).dims("n").about("argument of silu"),
        FIELD(Swiglu, up).dims("n").about("what is gated"),
        FIELD(Swiglu, y).dims("n").may_alias("gate").about("silu(gate) up"),
    };
    return list;
  }
};

}  // namespace anacrusis
