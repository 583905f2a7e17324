#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Gradient of layer_norm (math/layer_norm.h).
struct LayerNormBackward {
  Dim N, D;
  View<const float> x, weight, mean, inv_std, dy;
  View<float> dx, dweight, dbias;

  static constexpr const char* name = "layer_norm_backward";
  static constexpr bool on_cuda = true;
  static constexpr const char* about = "Gradient of layer_norm; those of the weight and the bias are added up.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(LayerNormBackward, N).about("rows"),
        FIELD(LayerNormBackward, D).range(1, 9007199254740991.0).about("elements of a row"),
        FIELD(LayerNormBackward, x).dims("N,D").about("rows before normalisation"),
        FIELD(LayerNormBackward, weight).dims("D").about("gain of every column"),
        FIELD(LayerNormBackward, mean).dims("N").about("as layer_norm gave it"),
        FIELD(LayerNormBackward, inv_std).dims("N").about("as layer_norm gave it"),
        FIELD(LayerNormBackward, dy).dims("N,D").about("gradient of the normalised rows"),
        FIELD(LayerNormBackward, dx).dims("N,D").may_alias("dy").about("gradient of x"),
        FIELD(LayerNormBackward, dweight).dims("D").updated().about("the gradient of weight is added"),
        FIELD(LayerNormBackward, dbias).dims("D").updated().optional().about("the gradient of bias is added"),
    };
    return list;
  }
};

}  // namespace anacrusis
