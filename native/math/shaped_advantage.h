// Advantage of one token times its credit, where the advantage has the sign that is asked for
// (2510.13554, section 5).
//
//   y = gamma A   if sign is "both", or "positive" and A > 0, or "negative" and A < 0;   else y = A
#pragma once

#include "formula.h"

namespace anacrusis::math {

enum ShapedSign : int32_t { kBothSigns = 0, kPositive = 1, kNegative = 2 };

FORMULA float shaped_advantage(float advantage, float credit, int32_t sign) {
  const bool matches =
      sign == kBothSigns || (sign == kPositive ? advantage > 0.0f : advantage < 0.0f);
  return matches ? advantage * credit : advantage;
}

}  // namespace anacrusis::math
