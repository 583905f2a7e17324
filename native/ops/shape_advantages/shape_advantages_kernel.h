// Map tier: one token of shape_advantages. Both back ends run it.
#pragma once

#include "math/shaped_advantage.h"
#include "shape_advantages.h"

namespace anacrusis {

struct ShapeAdvantagesKernel {
  ShapeAdvantages a;

  FORMULA_METHOD void operator()(int64_t i) const {
    a.y[i] = math::shaped_advantage(a.advantages[i], a.credit[i], a.sign.index);
  }
};

}  // namespace anacrusis
