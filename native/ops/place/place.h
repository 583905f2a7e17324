#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Gradient of a maximum or minimum over an axis.
struct Place {
  Dim outer, n, inner;
  View<const float> dy;
  View<const int32_t> index;
  View<float> dx;

  static constexpr const char* name = "place";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "One element along an axis, zeros beside it: the gradient of reduce with max or min.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Place, outer).about("product of the sizes before the axis"),
        FIELD(Place, n).about("elements along the axis"),
        FIELD(Place, inner).about("product of the sizes after the axis"),
        FIELD(Place, dy).dims("outer,inner").about("elements to place"),
        FIELD(Place, index).dims("outer,inner").values("0", "n-1").about("where along the axis"),
        FIELD(Place, dx).dims("outer,n,inner").about("dy at index, 0 elsewhere"),
    };
    return list;
  }
};

}  // namespace anacrusis
