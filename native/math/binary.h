// Functions of two numbers. max and min give NaN when either argument is NaN.
#pragma once

#include "formula.h"

namespace anacrusis::math {

struct Add {
  static FORMULA_METHOD float value(float a, float b) { return a + b; }
};

struct Sub {
  static FORMULA_METHOD float value(float a, float b) { return a - b; }
};

struct Mul {
  static FORMULA_METHOD float value(float a, float b) { return a * b; }
};

struct Div {
  static FORMULA_METHOD float value(float a, float b) { return a / b; }
};

struct Max {
  static FORMULA_METHOD float value(float a, float b) { return a > b || a != a ? a : b; }
};

struct Min {
  static FORMULA_METHOD float value(float a, float b) { return a < b || a != a ? a : b; }
};

}  // namespace anacrusis::math
