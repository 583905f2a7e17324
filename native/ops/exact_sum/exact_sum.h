#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Sums of losses of parts of a batch, added up (math/exact_sum.h).
struct ExactSum {
  Dim n;
  View<const int32_t> sums;
  View<double> value;
  View<int32_t> total;

  static constexpr const char* name = "exact_sum";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Adds sums that have not been rounded (352-bit fixed point): the numerators of a batch's parts "
      "give the bits of the whole batch's, however it was cut and in whatever order.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(ExactSum, n).about("sums"),
        FIELD(ExactSum, sums).dims("n,12").about("numerators of losses, or totals of this op"),
        FIELD(ExactSum, value).dims("1").about("their sum, rounded once"),
        FIELD(ExactSum, total).dims("12").optional().about("their sum"),
    };
    return list;
  }
};

}  // namespace anacrusis
