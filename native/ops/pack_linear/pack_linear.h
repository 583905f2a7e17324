#pragma once

#include <optional>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// The weight of a linear layer in the order in which packed_linear reads it.
struct PackLinear {
  Dim N, K, panels;
  View<const float> weight;
  View<float> packed;

  static constexpr const char* name = "pack_linear";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "The weight of a linear layer in panels of 16 outputs, as packed_linear reads it.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(PackLinear, N).about("outputs of the layer"),
        FIELD(PackLinear, K).about("inputs of the layer"),
        FIELD(PackLinear, panels).about("N / 16, rounded up"),
        FIELD(PackLinear, weight).dims("N,K").about("weight, a row per output"),
        FIELD(PackLinear, packed).dims("panels,K,16").about("output 16 p + j and input k at [p,k,j]; 0 past N"),
    };
    return list;
  }

  static std::optional<Failure> check(const PackLinear& a) { return check_panels(a.N, a.panels); }

  static std::optional<Failure> check_panels(int64_t N, int64_t panels) {
    const int64_t wanted = N / 16 + (N % 16 != 0);
    if (panels == wanted) return std::nullopt;
    return Failure{"ERR_RANGE", "panels", std::to_string(wanted) + ", that is N / 16 rounded up",
                   std::to_string(panels)};
  }
};

}  // namespace anacrusis
