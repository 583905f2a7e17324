#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Norm of a list of gradients: sqrt of the sum of all squares.
struct GlobalNorm {
  Views<const float> grads;
  View<double> norm, nonfinite;

  static constexpr const char* name = "global_norm";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "L2 norm over all elements of all arrays, summed in float64 over fixed parts of the whole. "
      "Not "
      "finite when an element is not.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(GlobalNorm, grads).about("arrays of any lengths"),
        FIELD(GlobalNorm, norm).dims("1").about("L2 norm"),
        FIELD(GlobalNorm, nonfinite)
            .dims("1")
            .optional()
            .about("elements that are NaN or infinite"),
    };
    return list;
  }
};

}  // namespace anacrusis
