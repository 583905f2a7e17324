#pragma once

#include <optional>
#include <string>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// Mean absolute gradient per neuron and per layer (GraMa).
struct GradStats {
  Dim K, R;
  Views<const float> grads;
  View<const int32_t> rows, cols;
  View<float> per_neuron;
  View<double> per_layer;
  View<float> normalized;

  static constexpr const char* name = "grad_stats";
  static constexpr const char* about =
      "GraMa (2505.24061, eq. 2, on parameters): mean |gradient| of every neuron, and its ratio to the mean of "
      "the layer. A row of a gradient is a neuron.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(GradStats, K).about("tensors (layers)"),
        FIELD(GradStats, R).about("neurons of all of them, in order"),
        FIELD(GradStats, grads).about("gradient of each tensor, [rows, cols]"),
        FIELD(GradStats, rows).dims("K").host().about("neurons of each tensor"),
        FIELD(GradStats, cols).dims("K").host().about("parameters of a neuron"),
        FIELD(GradStats, per_neuron).dims("R").about("mean |g| of the neuron; 0 without parameters"),
        FIELD(GradStats, per_layer).dims("K").about("mean |g| of the tensor"),
        FIELD(GradStats, normalized).dims("R").optional().about(
            "per_neuron / per_layer; 0 in a layer of zeros"),
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
      const int64_t rows = a.rows[i], cols = a.cols[i];
      neurons += rows;
      if (rows >= 0 && cols >= 0 && rows * cols == a.grads[i].size) continue;
      return Failure{"ERR_SHAPE", "grads[" + std::to_string(i) + "]",
                     std::to_string(rows) + "x" + std::to_string(cols) + " elements (rows, cols)",
                     std::to_string(a.grads[i].size) + " elements"};
    }
    if (neurons == a.R) return std::nullopt;
    return Failure{"ERR_SHAPE", "R", std::to_string(neurons) + ", the sum of rows",
                   std::to_string(a.R)};
  }
};

}  // namespace anacrusis
