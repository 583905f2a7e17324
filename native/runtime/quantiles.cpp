#include "quantiles.h"

#include <algorithm>
#include <cmath>

#include "math/gradient_score.h"

namespace anacrusis {

void quantiles(float* values, int64_t n, const double* q, int64_t count, double* out) {
  const bool none = n == 0 || std::any_of(values, values + n, [](float x) { return std::isnan(x); });
  for (int64_t i = 0; i < count; ++i) {
    out[i] = NAN;
    if (none) continue;
    const math::QuantilePlace place = math::quantile_place(q[i], n);
    float* const at = values + place.low;
    std::nth_element(values, at, values + n);
    const double low = *at;
    out[i] = place.share > 0.0 ? math::between(low, *std::min_element(at + 1, values + n), place.share) : low;
  }
}

}  // namespace anacrusis
