#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Layer normalisation of every row (math/layer_norm.h).
struct LayerNorm {
  Dim N, D;
  View<const float> x, weight, bias;
  double eps;
  View<float> y, mean, inv_std;

  static constexpr const char* name = "layer_norm";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Layer normalisation of every row (1607.06450): y = (x - mean x) weight / sqrt(var x + eps) + bias, "
      "the variance over D.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(LayerNorm, N).about("rows"),
        FIELD(LayerNorm, D).range(1, 9007199254740991.0).about("elements of a row"),
        FIELD(LayerNorm, x).dims("N,D").about("rows to normalise"),
        FIELD(LayerNorm, weight).dims("D").about("gain of every column"),
        FIELD(LayerNorm, bias).dims("D").optional().about("added to every column"),
        FIELD(LayerNorm, eps).range(0, 1).about("added to the variance; with 0 a row of equal elements is NaN"),
        FIELD(LayerNorm, y).dims("N,D").may_alias("x").about("normalised rows"),
        FIELD(LayerNorm, mean).dims("N").about("mean of every row, for the gradient"),
        FIELD(LayerNorm, inv_std).dims("N").about("1 / sqrt(var x + eps), for the gradient"),
    };
    return list;
  }
};

}  // namespace anacrusis
