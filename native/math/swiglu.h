// SwiGLU (Shazeer, 2002.05202, eq. 6): the gate of a feed-forward block.
//
//   y = silu(g) u,  silu(g) = g sigmoid(g);   dg = dy u silu'(g),  du = dy silu(g)
#pragma once

#include "unary.h"

namespace anacrusis::math {

FORMULA float swiglu(float gate, float up) { return Silu::value(gate) * up; }

struct SwigluGradient {
  float gate, up;
};

FORMULA SwigluGradient swiglu_gradient(float gate, float up, float dy) {
  return {Silu::gradient(gate, 0.0f, dy * up), dy * Silu::value(gate)};
}

}  // namespace anacrusis::math
