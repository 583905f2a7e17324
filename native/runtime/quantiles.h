// Quantiles of a list of floats (numpy's 'linear').
#pragma once

#include <cstdint>

namespace anacrusis {

// out[i] is quantile q[i], in [0, 1], of the values, which are put into another order. NaN where a value is
// NaN, or where there is none.
void quantiles(float* values, int64_t n, const double* q, int64_t count, double* out);

}  // namespace anacrusis
