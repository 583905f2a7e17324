#pragma once

#include <optional>
#include <string>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// Statistics of a list of gradients in one read (math/gradient_score.h).
struct GradStats {
  Dim K, R, n_tau, n_quantiles;
  FloatViews grads;
  Choice half;
  View<const int32_t> outer, neurons, inner;
  View<const double> tau, quantile;
  View<float> per_neuron;
  View<double> per_layer;
  View<float> normalized;
  View<int32_t> dormant;
  View<double> layer_quantiles, all_quantiles;
  View<double> norm, nonfinite;
  View<float> largest;

  static constexpr const char* name = "grad_stats";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "GraMa (2505.24061, eq. 2, on parameters): mean |gradient| of every neuron, its ratio to the mean of the layer, how many "
      "neurons are dormant, and what else one read of the gradients gives. A gradient is [outer, neurons, inner]: rows "
      "are [1, rows, columns], columns [rows, columns, 1], input channels of a convolution [out, in, height * width]. NaN "
      "gradients make what they enter NaN.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(GradStats, K).about("tensors (layers)"),
        FIELD(GradStats, R).about("neurons of all of them, in order"),
        FIELD(GradStats, n_tau).about("thresholds"),
        FIELD(GradStats, n_quantiles).about("quantiles"),
        FIELD(GradStats, grads).dtype_of("half").about("gradient of each tensor, each f32, bf16 or f16"),
        FIELD(GradStats, half).one_of("bf16|f16").about("what the 16-bit elements of a Uint16Array are"),
        FIELD(GradStats, outer).dims("K").host().values("0", "2147483647").about("slices that a neuron has part in"),
        FIELD(GradStats, neurons).dims("K").host().values("0", "2147483647").about("neurons of each tensor"),
        FIELD(GradStats, inner).dims("K").host().values("0", "2147483647").about(
            "consecutive parameters of a neuron"),
        FIELD(GradStats, tau).dims("n_tau").host().about("thresholds: a neuron with normalized <= tau is dormant"),
        FIELD(GradStats, quantile).dims("n_quantiles").host().about("in [0, 1]"),
        FIELD(GradStats, per_neuron).dims("R").about("mean |g| of the neuron; 0 without parameters"),
        FIELD(GradStats, per_layer).dims("K").about("mean of per_neuron; 0 without neurons"),
        FIELD(GradStats, normalized).dims("R").optional().about(
            "per_neuron / per_layer; 0 in a layer of zeros"),
        FIELD(GradStats, dormant).dims("K,n_tau").optional().about("neurons with normalized <= tau"),
        FIELD(GradStats, layer_quantiles).dims("K,n_quantiles").optional().about(
            "of normalized in the layer, between the two nearest (linear); NaN without neurons"),
        FIELD(GradStats, all_quantiles).dims("n_quantiles").optional().about("of normalized in all layers"),
        FIELD(GradStats, norm).dims("K").optional().about("L2 norm of each tensor"),
        FIELD(GradStats, nonfinite).dims("K").optional().about("elements that are NaN or infinite"),
        FIELD(GradStats, largest).dims("K").optional().about("largest |g|; 0 without elements"),
    };
    return list;
  }

  static std::optional<Failure> check(const GradStats& a) {
    if (a.grads.count != a.K) {
      return Failure{"ERR_SHAPE", "grads", std::to_string(a.K) + " arrays (K)",
                     std::to_string(a.grads.count)};
    }
    int64_t neurons = 0;
    for (int64_t i = 0; i < a.K; ++i) {
      const int64_t outer = a.outer[i], rows = a.neurons[i], inner = a.inner[i];
      neurons += rows;
      int64_t size;
      if (!__builtin_mul_overflow(outer * rows, inner, &size) && size == a.grads[i].size) continue;
      return Failure{"ERR_SHAPE", "grads[" + std::to_string(i) + "]",
                     std::to_string(outer) + "x" + std::to_string(rows) + "x" + std::to_string(inner) +
                         " elements (outer, neurons, inner)",
                     std::to_string(a.grads[i].size) + " elements"};
    }
    for (int64_t i = 0; i < a.n_quantiles; ++i) {
      if (a.quantile[i] >= 0.0 && a.quantile[i] <= 1.0) continue;
      return Failure{"ERR_RANGE", "quantile[" + std::to_string(i) + "]", "a number in [0, 1]",
                     std::to_string(a.quantile[i])};
    }
    if (neurons == a.R) return std::nullopt;
    return Failure{"ERR_SHAPE", "R", std::to_string(neurons) + ", the sum of neurons",
                   std::to_string(a.R)};
  }
};

}  // namespace anacrusis
