// From the choice of a function to its type: visit(fn, f) calls f(math::Add{}) and the like, in the
// order of Binary::fn.
#pragma once

#include "binary.h"
#include "math/binary.h"

namespace anacrusis {

template <class F>
inline __attribute__((always_inline)) void visit_binary(Choice fn, F f) {
  switch (fn.index) {
    case 0: return f(math::Add{});
    case 1: return f(math::Sub{});
    case 2: return f(math::Mul{});
    case 3: return f(math::Div{});
    case 4: return f(math::Max{});
    default: return f(math::Min{});
  }
}

}  // namespace anacrusis
