#pragma once

#include <optional>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// Every head of every token turned by the angles of its position (math/rotary.h).
struct RotaryEmbedding {
  Dim T, H, D, half, P;
  View<const float> x;
  View<const int32_t> positions;
  View<const float> cos, sin;
  bool inverse;
  View<float> y;

  static constexpr const char* name = "rotary_embedding";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Rotary position embedding (2104.09864), component j paired with j + D/2. The gradient by x is "
      "the inverse of the gradient by y.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(RotaryEmbedding, T).about("tokens"),
        FIELD(RotaryEmbedding, H).about("heads"),
        FIELD(RotaryEmbedding, D).about("head size, even"),
        FIELD(RotaryEmbedding, half).about("D / 2"),
        FIELD(RotaryEmbedding, P).about("positions of the table"),
        FIELD(RotaryEmbedding, x).dims("T,H,D").about("queries or keys"),
        FIELD(RotaryEmbedding, positions).dims("T").values("0", "P-1").about("position of each token"),
        FIELD(RotaryEmbedding, cos).dims("P,half").about("of rotary_table"),
        FIELD(RotaryEmbedding, sin).dims("P,half").about("of rotary_table"),
        FIELD(RotaryEmbedding, inverse).about("turn the other way: the backward pass"),
        FIELD(RotaryEmbedding, y).dims("T,H,D").may_alias("x").about("x, turned"),
    };
    return list;
  }

  static std::optional<Failure> check(const RotaryEmbedding& a) {
    if (2 * a.half == a.D) return std::nullopt;
    return Failure{"ERR_SHAPE", "half", "half of D = " + std::to_string(a.D), std::to_string(a.half)};
  }
};

}  // namespace anacrusis
