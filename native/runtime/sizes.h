// The smaller and the larger of two sizes, on every side.
#pragma once

#include "math/formula.h"

namespace anacrusis {

FORMULA constexpr int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
FORMULA constexpr int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

}  // namespace anacrusis
