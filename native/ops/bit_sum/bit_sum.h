#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Sum of the elements' bits modulo 2^32.
struct BitSum {
  Dim n;
  View<const float> x;
  View<int32_t> sum;

  static constexpr const char* name = "bit_sum";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Sum of the elements' bits, each taken as an integer, modulo 2^32: the same in any order, so the "
      "yardstick of what reads memory (4 bytes an element), and a cheap fingerprint of equal bits.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(BitSum, n).about("elements"),
        FIELD(BitSum, x).dims("n").about("what is read"),
        FIELD(BitSum, sum).dims("1").about("the sum, as a signed 32-bit integer"),
    };
    return list;
  }
};

}  // namespace anacrusis
