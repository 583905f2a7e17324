#pragma once

#include "ops/packed_sequences.h"
#include "runtime/field.h"

namespace anacrusis {

// Per-token losses made one number (math/aggregation.h).
struct Aggregate {
  Dim T, S;
  View<const float> losses;
  View<const uint8_t> mask;
  View<const int32_t> offsets;
  Choice aggregation;
  double denominator;
  View<double> loss;
  View<float> weights;
  View<int32_t> numerator;

  static constexpr const char* name = "aggregate";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Masked per-token losses of packed sequences over a denominator that counts over the whole "
      "optimiser "
      "batch, so that parts of a batch add up to its loss.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Aggregate, T).about("tokens of all sequences"),
        FIELD(Aggregate, S).about("sequences"),
        FIELD(Aggregate, losses).dims("T").about("loss of each token"),
        FIELD(Aggregate, mask).dims("T").values("0", "1").about("1: the token counts"),
        FIELD(Aggregate, offsets)
            .dims("S+1")
            .host()
            .values("0", "T")
            .about("where each sequence begins, rising from 0; the last entry is T"),
        FIELD(Aggregate, aggregation)
            .one_of("token-mean|seq-mean-token-mean|seq-mean-token-sum|seq-mean-token-sum-norm")
            .about("how tokens and sequences are averaged"),
        FIELD(Aggregate, denominator)
            .above(0)
            .about("over the whole optimiser batch: its unmasked tokens (token-mean), its "
                   "sequences with an unmasked "
                   "token (seq-mean-*), those times the norm constant (seq-mean-token-sum-norm)"),
        FIELD(Aggregate, loss).dims("1").about("numerator / denominator"),
        FIELD(Aggregate, weights).dims("T").about("derivative of the loss by each token's loss"),
        FIELD(Aggregate, numerator)
            .dims("12")
            .optional()
            .about("the numerator before it was rounded: a sum that exact_sum adds to others'"),
    };
    return list;
  }

  static std::optional<Failure> check(const Aggregate& a) {
    return check_offsets(a.offsets, a.S, a.T);
  }
};

}  // namespace anacrusis
