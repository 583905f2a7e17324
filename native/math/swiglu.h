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

// One exponential serves both: s = sigmoid(g), c = 1 - s = sigmoid(-g) without cancellation.
FORMULA SwigluGradient swiglu_gradient(float gate, float up, float dy) {
  const float e = exp(gate < 0.0f ? gate : -gate);
  const float large = 1.0f / (1.0f + e), small = e * large;
  const float s = gate < 0.0f ? small : large, c = gate < 0.0f ? large : small;
  return {dy * up * (s + gate * s * c), dy * (gate * s)};
}

}  // namespace anacrusis::math
