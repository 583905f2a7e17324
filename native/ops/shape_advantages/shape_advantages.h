#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Advantages scaled by a per-token credit (math/shaped_advantage.h).
struct ShapeAdvantages {
  Dim T;
  View<const float> advantages, credit;
  Choice sign;
  View<float> y;

  static constexpr const char* name = "shape_advantages";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Advantage times credit where the advantage has the sign asked for, else the advantage "
      "itself (2510.13554).";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(ShapeAdvantages, T).about("tokens"),
        FIELD(ShapeAdvantages, advantages).dims("T").about("A_t"),
        FIELD(ShapeAdvantages, credit).dims("T").about("factor gamma_t"),
        FIELD(ShapeAdvantages, sign)
            .one_of("both|positive|negative")
            .about("which advantages are scaled"),
        FIELD(ShapeAdvantages, y).dims("T").may_alias("advantages").about("shaped advantages"),
    };
    return list;
  }
};

}  // namespace anacrusis
