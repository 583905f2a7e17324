#pragma once

#include <optional>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// One axis reduced: sum, mean, largest or smallest.
struct Reduce {
  Dim outer, n, inner;
  View<const float> x;
  Choice fn;
  View<float> y;
  View<int32_t> index;

  enum Function { sum, mean, max, min };

  static constexpr const char* name = "reduce";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Sum, mean, maximum or minimum over one axis. Sums are carried in float64; maxima and minima pass "
      "NaN on and take the first of equal elements.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Reduce, outer).about("product of the sizes before the axis"),
        FIELD(Reduce, n).range(0, 2147483647).about("size of the axis"),
        FIELD(Reduce, inner).about("product of the sizes after it"),
        FIELD(Reduce, x).dims("outer,n,inner").about("elements"),
        FIELD(Reduce, fn).one_of("sum|mean|max|min").about("reduction; only sum is defined for n = 0"),
        FIELD(Reduce, y).dims("outer,inner").about("reduced values"),
        FIELD(Reduce, index).dims("outer,inner").optional().about(
            "max and min: where along the axis the value was found"),
    };
    return list;
  }

  static std::optional<Failure> check(const Reduce& a) {
    const bool extreme = a.fn.index == max || a.fn.index == min;
    if (a.index && !extreme) {
      return Failure{"ERR_RANGE", "index", "nothing, as a sum or mean is not found in one place", "an array"};
    }
    if (a.n == 0 && a.fn.index != sum && a.outer * a.inner > 0) {
      return Failure{"ERR_RANGE", "n", "at least 1 element to take a mean, maximum or minimum of", "0"};
    }
    return std::nullopt;
  }
};

}  // namespace anacrusis
