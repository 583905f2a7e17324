#pragma once

#include <optional>

#include "ops/pack_linear/pack_linear.h"
#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// A linear layer for decoding.
struct PackedLinear {
  Dim R, N, K, panels;
  View<const float> x, packed, bias;
  bool accumulate;
  View<float> y;

  static constexpr const char* name = "packed_linear";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "y = x W^T + bias, or added to y, with a weight from pack_linear. Batch-invariant: a row has the same bits alone "
      "and in any batch, and those of matmul with transpose_b (on CUDA: with ANACRUSIS_GEMM=tiled).";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(PackedLinear, R).about("rows of x"),
        FIELD(PackedLinear, N).about("outputs of the layer"),
        FIELD(PackedLinear, K).about("inputs of the layer"),
        FIELD(PackedLinear, panels).about("N / 16, rounded up"),
        FIELD(PackedLinear, x).dims("R,K").about("inputs"),
        FIELD(PackedLinear, packed).dims("panels,K,16").about("weight, as pack_linear gave it"),
        FIELD(PackedLinear, bias).dims("N").optional().about("added to every row"),
        FIELD(PackedLinear, accumulate).about("add to y instead of setting it"),
        FIELD(PackedLinear, y).dims("R,N").updated().about("outputs"),
    };
    return list;
  }

  static std::optional<Failure> check(const PackedLinear& a) {
    return PackLinear::check_panels(a.N, a.panels);
  }
};

}  // namespace anacrusis
