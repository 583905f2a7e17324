#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Root mean square normalisation of every row (math/rms_norm.h).
struct RmsNorm {
  Dim N, D;
  View<const float> x, weight;
  double eps;
  View<float> y, inv_rms;

  static constexpr const char* name = "rms_norm";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Root mean square normalisation of every row (1910.07467): y = x weight / sqrt(mean x^2 + eps).";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(RmsNorm, N).about("rows"),
        FIELD(RmsNorm, D).range(1, 9007199254740991.0).about("elements of a row"),
        FIELD(RmsNorm, x).dims("N,D").about("rows to normalise"),
        FIELD(RmsNorm, weight).dims("D").about("gain of every column"),
        FIELD(RmsNorm, eps).range(0, 1).about("added to the mean square; with 0 a row of zeros is NaN"),
        FIELD(RmsNorm, y).dims("N,D").may_alias("x").about("normalised rows"),
        FIELD(RmsNorm, inv_rms).dims("N").about("1 / sqrt(mean x^2 + eps), for the gradient"),
    };
    return list;
  }
};

}  // namespace anacrusis
