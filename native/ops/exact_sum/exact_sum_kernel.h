// Serial: parts of a batch are few. Both back ends run it.
#pragma once

#include "exact_sum.h"
#include "math/exact_sum.h"

namespace anacrusis {

struct ExactSumKernel {
  ExactSum a;

  FORMULA_METHOD void operator()(int64_t) const {
    int64_t limbs[math::kExactLimbs] = {};
    int32_t flags = 0, total[math::kExactWords];
    for (int64_t part = 0; part < a.n; ++part) {
      const int32_t* words = a.sums.data + part * math::kExactWords;
      for (int i = 0; i < math::kExactLimbs; ++i) limbs[i] += static_cast<uint32_t>(words[i]);
      flags |= words[math::kExactLimbs];
    }
    math::exact_finish(limbs, flags & 7, total);
    a.value[0] = math::exact_value(total);
    for (int i = 0; a.total && i < math::kExactWords; ++i) a.total[i] = total[i];
  }
};

}  // namespace anacrusis
