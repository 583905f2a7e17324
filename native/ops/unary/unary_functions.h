// From the choice of a function to its type: visit(fn, f) calls f(math::Silu{}) and the like.
#pragma once

#include "math/unary.h"
#include "unary.h"

namespace anacrusis {

template <class F>
inline __attribute__((always_inline)) void visit_unary(Choice fn, F f) {
  switch (fn.index) {
    case 0: return f(math::Neg{});
    case 1: return f(math::Abs{});
    case 2: return f(math::Exp{});
    case 3: return f(math::Log{});
    case 4: return f(math::Sqrt{});
    case 5: return f(math::Rsqrt{});
    case 6: return f(math::Square{});
    case 7: return f(math::Reciprocal{});
    case 8: return f(math::Relu{});
    case 9: return f(math::Tanh{});
    case 10: return f(math::Sigmoid{});
    default: return f(math::Silu{});
  }
}

// Map tier: both back ends run these steps.
template <class Function>
struct UnaryElement {
  const float* x;
  float* y;

  FORMULA_METHOD void operator()(int64_t i) const { y[i] = Function::value(x[i]); }
};

template <class Function>
struct UnaryGradientElement {
  const float *x, *y, *dy;
  float* dx;

  FORMULA_METHOD void operator()(int64_t i) const { dx[i] = Function::gradient(x[i], y[i], dy[i]); }
};

}  // namespace anacrusis
