// Count, mean and sum of squared deviations of a sample, and those of two samples together (Chan, Golub
// and LeVeque, 1979, eq. 2.1). Sums are taken about a pivot near the mean, so that squares of a large mean do not cancel.
#pragma once

#include "formula.h"

namespace anacrusis::math {

struct Moments {
  double count, mean, squares;
};

FORMULA Moments merge(Moments a, Moments b) {
  const double count = a.count + b.count;
  if (a.count == 0.0 || b.count == 0.0) return a.count == 0.0 ? b : a;
  const double apart = b.mean - a.mean;
  return {count, a.mean + apart * (b.count / count),
          a.squares + b.squares + apart * apart * (a.count * b.count / count)};
}

struct PivotSums {
  double count, pivot, sum, squares;  // of x - pivot
};

FORMULA void add(PivotSums& sums, double x) {
  if (sums.count == 0.0) sums.pivot = x;
  const double apart = x - sums.pivot;
  sums.count += 1.0;
  sums.sum += apart;
  sums.squares += apart * apart;
}

FORMULA Moments moments_of(const PivotSums& s) {
  if (s.count == 0.0) return {0.0, 0.0, 0.0};
  const double shift = s.sum / s.count, squares = s.squares - s.sum * shift;
  return {s.count, s.pivot + shift, squares < 0.0 ? 0.0 : squares};
}

}  // namespace anacrusis::math
