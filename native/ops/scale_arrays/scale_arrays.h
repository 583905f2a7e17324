#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Every element of a list of arrays times one factor.
struct ScaleArrays {
  Views<float> arrays;
  double scale;

  static constexpr const char* name = "scale_arrays";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Multiplies every element of all arrays, as gradient clipping does.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(ScaleArrays, arrays).updated().about("arrays of any lengths"),
        FIELD(ScaleArrays, scale).about("factor, rounded to float32"),
    };
    return list;
  }
};

}  // namespace anacrusis
