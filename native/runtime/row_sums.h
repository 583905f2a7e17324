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

// Best element of a row of at least one by math::Max or math::Min, which keep NaN. The last window of
// a row overlaps the one before: an element may be looked at twice.
template <class Better>
inline float row_extreme(int64_t n, const float* x) {
  constexpr int kWidth = 16;
  float best[kWidth];
  if (n < kWidth) {
    float one = x[0];
    for (int64_t i = 1; i < n; ++i) one = Better::value(one, x[i]);
    return one;
  }
#pragma omp simd
  for (int l = 0; l < kWidth; ++l) best[l] = x[l];
  for (int64_t i = kWidth; i < n; i += kWidth) {
    const float* const window = x + (i < n - kWidth ? i : n - kWidth);
#pragma omp simd
    for (int l = 0; l < kWidth; ++l) best[l] = Better::value(best[l], window[l]);
  }
  for (int half = kWidth / 2; half > 0; half /= 2) {
#pragma omp simd
    for (int l = 0; l < half; ++l) best[l] = Better::value(best[l], best[l + half]);
  }
  return best[0];
}

// Largest element, -infinity for none; NaN when there is one.
inline float row_max(int64_t n, const float* x) {
  return n > 0 ? row_extreme<math::Max>(n, x) : -INFINITY;
}

constexpr int64_t kRowsAtOnce = 16;

// f(x, y, n, rows) on up to 16 rows of n elements. Short rows go through a buffer in which they are whole
// vectors, filled up with `rest`. f takes each of its steps on all rows before the next, so that the
// latencies of a row (a maximum, an exponential, a sum, a division, all in a chain) overlap with
// others': 8000 rows of 41 take half the time of one row after the other.
template <class F>
__attribute__((always_inline)) inline void rows_at_once(int64_t rows, int64_t n, const float* x,
                                                        float* y, float rest, const F& f) {
  constexpr int64_t kWidth = 16, kShort = 512;
  if (n % kWidth == 0) return f(x, y, n, rows);
  if (n > kShort) {
    for (int64_t r = 0; r < rows; ++r) f(x + r * n, y + r * n, n, 1);
    return;
  }
  float buffer[kRowsAtOnce * kShort];
  const int64_t whole = (n + kWidth - 1) / kWidth * kWidth, bytes = n * static_cast<int64_t>(sizeof(float));
  for (int64_t r = 0; r < rows; ++r) {
    float* const last = buffer + (r + 1) * whole - kWidth;
#pragma omp simd
    for (int64_t l = 0; l < kWidth; ++l) last[l] = rest;
    __builtin_memcpy(buffer + r * whole, x + r * n, static_cast<size_t>(bytes));
  }
  f(buffer, buffer, whole, rows);
  for (int64_t r = 0; r < rows; ++r) {
    __builtin_memcpy(y + r * n, buffer + r * whole, static_cast<size_t>(bytes));
  }
}

}  // namespace anacrusis::ANACRUSIS_ISA
