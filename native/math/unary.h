// Functions of one number and their derivatives.
//
// value(x) is y; gradient(x, y, dy) is dy * f'(x), written in whichever of x and y rounds better.
// At a corner the derivative is the one from the left for relu (0) and 0 for abs. NaN stays NaN.
// silu(x) = x sigmoid(x) (Hendrycks & Gimpel, 1606.08415; Elfwing et al., 1702.03118).
#pragma once

#include "exp.h"
#include "log.h"
#include "tanh.h"

namespace anacrusis::math {

struct Neg {
  static FORMULA_METHOD float value(float x) { return -x; }
  static FORMULA_METHOD float gradient(float, float, float dy) { return -dy; }
};

struct Abs {
  static FORMULA_METHOD float value(float x) { return fabsf(x); }
  static FORMULA_METHOD float gradient(float x, float, float dy) {
    return x > 0.0f ? dy : x < 0.0f ? -dy : x * dy;
  }
};

struct Exp {
  static FORMULA_METHOD float value(float x) { return exp(x); }
  static FORMULA_METHOD float gradient(float, float y, float dy) { return y * dy; }
};

struct Log {
  static FORMULA_METHOD float value(float x) { return log(x); }
  static FORMULA_METHOD float gradient(float x, float, float dy) { return dy / x; }
};

struct Sqrt {
  static FORMULA_METHOD float value(float x) { return sqrtf(x); }
  static FORMULA_METHOD float gradient(float, float y, float dy) { return dy / (2.0f * y); }
};

struct Rsqrt {
  static FORMULA_METHOD float value(float x) { return 1.0f / sqrtf(x); }
  static FORMULA_METHOD float gradient(float x, float y, float dy) { return dy * (-0.5f * y / x); }
};

struct Square {
  static FORMULA_METHOD float value(float x) { return x * x; }
  static FORMULA_METHOD float gradient(float x, float, float dy) { return 2.0f * x * dy; }
};

struct Reciprocal {
  static FORMULA_METHOD float value(float x) { return 1.0f / x; }
  static FORMULA_METHOD float gradient(float, float y, float dy) { return -(y * y) * dy; }
};

struct Relu {
  static FORMULA_METHOD float value(float x) { return x < 0.0f ? 0.0f : x; }
  static FORMULA_METHOD float gradient(float x, float, float dy) { return x <= 0.0f ? 0.0f : dy; }
};

struct Tanh {
  static FORMULA_METHOD float value(float x) { return tanh(x); }
  static FORMULA_METHOD float gradient(float, float y, float dy) {
    return (1.0f - y) * (1.0f + y) * dy;
  }
};

struct Sigmoid {
  static FORMULA_METHOD float value(float x) { return sigmoid(x); }
  static FORMULA_METHOD float gradient(float, float y, float dy) { return y * (1.0f - y) * dy; }
};

struct Silu {
  static FORMULA_METHOD float value(float x) { return x * sigmoid(x); }
  // y' = s + x s (1 - s); 1 - s = sigmoid(-x) is taken from exp(-x) where the difference cancels.
  static FORMULA_METHOD float gradient(float x, float, float dy) {
    const float e = exp(-x), s = 1.0f / (1.0f + e);
    const float complement = x < 0.0f ? 1.0f - s : e * s;
    return dy * (s + x * s * complement);
  }
};

}  // namespace anacrusis::math
