#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Sum of a per-head signal over chosen heads.
struct HeadSums {
  Dim S, H, L;
  View<const float> values;
  View<const uint8_t> heads;
  double factor;
  View<float> sums;

  static constexpr const char* name = "head_sums";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Adds a per-head signal of chosen heads to sums, so that layers add up. Heads that are not "
      "chosen have no effect.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(HeadSums, S).about("sequences, or 1 when the tokens of all lie in one row"),
        FIELD(HeadSums, H).about("heads"),
        FIELD(HeadSums, L).about("tokens of a row"),
        FIELD(HeadSums, values).dims("S,H,L").about("signal of each head"),
        FIELD(HeadSums, heads).dims("H").host().values("0", "1").about("1: the head counts"),
        FIELD(HeadSums, factor).about("of every term: 1, or 1 / heads of all layers for a mean"),
        FIELD(HeadSums, sums).dims("S,L").updated().about("added to"),
    };
    return list;
  }
};

}  // namespace anacrusis
