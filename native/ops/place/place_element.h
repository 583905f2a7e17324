// Map tier: one element of dx. Both back ends run it.
#pragma once

#include "math/formula.h"
#include "place.h"

namespace anacrusis {

struct PlaceElement {
  Place a;

  FORMULA_METHOD void operator()(int64_t i) const {
    const int64_t row = i / a.inner, from = row / a.n * a.inner + i % a.inner;
    a.dx[i] = a.index[from] == row % a.n ? a.dy[from] : 0.0f;
  }
};

}  // namespace anacrusis
