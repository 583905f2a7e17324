// Map tier: both back ends run this step.
#pragma once

#include "math/swiglu.h"
#include "swiglu.h"

namespace anacrusis {

struct SwigluElement {
  const float *gate, *up;
  float* y;

  FORMULA_METHOD void operator()(int64_t i) const { y[i] = math::swiglu(gate[i], up[i]); }
};

}  // namespace anacrusis
