#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Gradient of rms_norm (math/rms_norm.h).
struct RmsNormBackward {
  Dim N, D;
  View<const float> x, weight, inv_rms, dy;
  View<float> dx, dweight;

  static constexpr const char* name = "rms_norm_backward";
  static constexpr bool on_cuda = true;
  static constexpr const char* about = "Gradient of rms_norm; that of the weight is added up.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(RmsNormBackward, N).about("rows"),
        FIELD(RmsNormBackward, D).range(1, 9007199254740991.0).about("elements of a row"),
        FIELD(RmsNormBackward, x).dims("N,D").about("rows before normalisation"),
        FIELD(RmsNormBackward, weight).dims("D").about("gain of every column"),
        FIELD(RmsNormBackward, inv_rms).dims("N").about("as rms_norm gave it"),
        FIELD(RmsNormBackward, dy).dims("N,D").about("gradient of the normalised rows"),
        FIELD(RmsNormBackward, dx).dims("N,D").may_alias("dy").about("gradient of x"),
        FIELD(RmsNormBackward, dweight).dims("D").updated().about("the gradient of weight is added"),
    };
    return list;
  }
};

}  // namespace anacrusis
