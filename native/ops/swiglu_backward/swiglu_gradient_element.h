// Map tier: both back ends run this step.
#pragma once

#include "math/swiglu.h"
#include "swiglu_backward.h"

namespace anacrusis {

struct SwigluGradientElement {
  const float *gate, *up, *dy;
  float *dgate, *dup;

  FORMULA_METHOD void operator()(int64_t i) const {
    const math::SwigluGradient d = math::swiglu_gradient(gate[i], up[i], dy[i]);
    dgate[i] = d.gate;
    dup[i] = d.up;
  }
};

}  // namespace anacrusis
