// Neuron dormancy by gradients (GraMa, 2505.24061, eq. 2, on parameters): the score of a neuron is its mean |g| over the
// mean of that over the neurons of its layer, and a neuron with score <= tau is dormant. A layer of zeros has scores of 0.
//
// NaN: a NaN gradient makes the mean of its neuron and layer NaN and with it every score of the layer; a NaN score is not
// dormant, and quantiles over one are NaN. An infinite gradient makes its own score NaN and the others of the layer 0.
#pragma once

#include "formula.h"

namespace anacrusis::math {

FORMULA float gradient_score(float neuron_mean, double layer_mean) {
  return layer_mean == 0.0 ? 0.0f : static_cast<float>(neuron_mean / layer_mean);
}

FORMULA bool is_dormant(float score, double tau) { return score <= tau; }

// The larger one; NaN when one is NaN.
FORMULA float larger(float a, float b) { return a != a ? a : b > a || b != b ? b : a; }

// Quantile q of n ordered values lies between those at `low` and low + 1, `share` of the way (numpy's 'linear').
struct QuantilePlace {
  int64_t low;
  double share;
};

FORMULA QuantilePlace quantile_place(double q, int64_t n) {
  const double place = q * static_cast<double>(n - 1);
  int64_t low = static_cast<int64_t>(place);
  if (low > n - 1) low = n - 1;
  return {low, place - static_cast<double>(low)};
}

FORMULA double between(double low, double high, double share) {
  return low == high ? low : low + (high - low) * share;
}

}  // namespace anacrusis::math
