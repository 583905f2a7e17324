// Map tier: one token of head_sums. Both back ends run it.
#pragma once

#include "head_sums.h"
#include "math/formula.h"

namespace anacrusis {

struct HeadSumsElement {
  HeadSums a;

  FORMULA_METHOD void operator()(int64_t i) const {
    const float* const values = a.values.data + i / a.L * a.H * a.L + i % a.L;
    float sum = 0.0f;
    for (int64_t h = 0; h < a.H; ++h) {
      if (a.heads[h]) sum += values[h * a.L];
    }
    a.sums[i] += static_cast<float>(a.factor) * sum;
  }
};

}  // namespace anacrusis
