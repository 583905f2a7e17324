// x where it counts, else 0, whatever x is. By its bits: written as a condition, compilers turn the
// constant 0 into a branch around all that follows, and the loop no longer vectorises.
#pragma once

#include "formula.h"

namespace anacrusis::math {

FORMULA float masked(float x, uint8_t mask) {
  union {
    float value;
    uint32_t bits;
  } u;
  u.value = x;
  u.bits &= 0u - static_cast<uint32_t>(mask != 0);
  return u.value;
}

}  // namespace anacrusis::math
