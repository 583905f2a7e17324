// Sums and maxima over a row, in an order that depends on its length alone: float32 lanes within
// blocks of 256 elements, float64 from block to block.
#pragma once

#include <cmath>
#include <cstdint>

#include "isa.h"
#include "math/binary.h"

namespace anacrusis::ANACRUSIS_ISA {

// Sum of term(0) .. term(n-1).
template <class Term>
__attribute__((always_inline)) inline double row_sum(int64_t n, const Term& term) {
  constexpr int64_t kBlock = 256;
  double sum = 0.0;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t end = begin + kBlock < n ? begin + kBlock : n;
    float block = 0.0f;
#pragma omp simd reduction(+ : block)
    for (int64_t i = begin; i < end; ++i) block += term(i);
    sum += block;
  }
  return sum;
}

// Best element of a row of at least one by math::Max or math::Min, which keep NaN.
template <class Better>
inline float row_extreme(int64_t n, const float* x) {
  constexpr int kWidth = 16;
  float best[kWidth];
  for (float& lane : best) lane = x[0];
  int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) {
#pragma omp simd
    for (int l = 0; l < kWidth; ++l) best[l] = Better::value(best[l], x[i + l]);
  }
  for (int l = 0; i < n; ++i, ++l) best[l] = Better::value(best[l], x[i]);
  for (int l = 1; l < kWidth; ++l) best[0] = Better::value(best[0], best[l]);
  return best[0];
}

// Largest element, -infinity for none; NaN when there is one.
inline float row_max(int64_t n, const float* x) {
  return n > 0 ? row_extreme<math::Max>(n, x) : -INFINITY;
}

}  // namespace anacrusis::ANACRUSIS_ISA
