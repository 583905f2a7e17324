#pragma once

#include <optional>

#include "math/rotary.h"
#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// cos and sin of every position and frequency (math/rotary.h).
struct RotaryTable {
  Dim P, D, half;
  double theta;
  View<float> cos, sin;

  static constexpr const char* name = "rotary_table";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "cos and sin of position * theta^(-2j/D) (2104.09864), rounded as Hugging Face rounds them.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(RotaryTable, P).about("positions, from 0"),
        FIELD(RotaryTable, D).about("head size, even"),
        FIELD(RotaryTable, half).about("D / 2"),
        FIELD(RotaryTable, theta).at_least(1).about("base of the frequencies, 10,000 or more as a rule"),
        FIELD(RotaryTable, cos).dims("P,half").about("cosines"),
        FIELD(RotaryTable, sin).dims("P,half").about("sines"),
    };
    return list;
  }

  static std::optional<Failure> check(const RotaryTable& a) {
    if (2 * a.half == a.D) return std::nullopt;
    return Failure{"ERR_SHAPE", "half", "half of D = " + std::to_string(a.D), std::to_string(a.half)};
  }
};

// One position and frequency.
struct RotaryTableElement {
  RotaryTable a;

  FORMULA_METHOD void operator()(int64_t i) const {
    const math::RotaryPair unit =
        math::rotary_angle(i / a.half, math::rotary_frequency(i % a.half, a.D, a.theta));
    a.cos[i] = unit.first;
    a.sin[i] = unit.second;
  }
};

}  // namespace anacrusis
