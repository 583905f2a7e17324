#pragma once

#include "runtime/field.h"

namespace anacrusis {

// y = x.
struct Copy {
  Dim n;
  View<const float> x;
  View<float> y;

  static constexpr const char* name = "copy";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "y = x, as a plain streaming loop: the yardstick of what moves memory (4 bytes read and 4 written an element).";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Copy, n).about("elements"),
        FIELD(Copy, x).dims("n").about("what is copied, bit by bit"),
        FIELD(Copy, y).dims("n").about("the copy"),
    };
    return list;
  }
};

}  // namespace anacrusis
