// Map tier: one token of approx_kl. Both back ends run it.
#pragma once

#include "approx_kl.h"
#include "math/kl.h"
#include "math/masked.h"

namespace anacrusis {

template <int kEstimator, bool kMasked>
struct ApproxKlKernel {
  ApproxKl a;

  FORMULA_METHOD void operator()(int64_t i) const {
    const uint8_t counts = kMasked ? a.mask[i] : 1;
    const float d = math::masked(a.ref_logp[i] - a.logp[i], counts);
    if constexpr (kEstimator == 0) {
      a.kl[i] = math::kl_k1(d);
      if (a.slope) a.slope[i] = math::masked(math::kl_k1_slope(d), counts);
    } else if constexpr (kEstimator == 1) {
      a.kl[i] = math::kl_k2(d);
      if (a.slope) a.slope[i] = math::kl_k2_slope(d);
    } else {
      a.kl[i] = math::kl_k3(d);
      if (a.slope) a.slope[i] = math::kl_k3_slope(d);
    }
  }
};

}  // namespace anacrusis
