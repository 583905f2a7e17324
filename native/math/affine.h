// Affine maps x -> delta + weight x and their composition, which is associative:
//   (w1, d1) o (w2, d2) = (w1 w2, d1 + w1 d2)
// A weight of 0 cuts: what lies behind it has no effect, NaN and infinity included.
#pragma once

#include "formula.h"

namespace anacrusis::math {

struct Affine {
  float weight, delta;
};

FORMULA Affine identity() { return {1.0f, 0.0f}; }

template <class T>
FORMULA T apply(T weight, T delta, T x) {
  return weight == T(0) ? delta : delta + weight * x;
}

// The map that takes `inner` first.
FORMULA Affine compose(Affine outer, Affine inner) {
  return {apply(outer.weight, 0.0f, inner.weight), apply(outer.weight, outer.delta, inner.delta)};
}

}  // namespace anacrusis::math
