// Sums of |g| over runs and columns of a gradient, in vectors: float32 within blocks of 4096 elements or 64 slices, float64
// from block to block.
#pragma once

#include <cmath>

#include "math/gradient_score.h"
#include "runtime/float_lanes.h"

namespace anacrusis::ANACRUSIS_ISA {

struct Extras {
  double squares, nonfinite;
  float largest;
};

ANACRUSIS_INLINE Wide magnitude(Wide x) {
  using Bits = int32_t __attribute__((vector_size(sizeof(Wide))));
  return reinterpret_cast<Wide>(reinterpret_cast<Bits>(x) & 0x7fffffff);
}

ANACRUSIS_INLINE float sum_of_wide(Wide x) {
  float lanes[kLanes];
  store_wide(lanes, x);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
}

// A block of values that squares in float32 would not suit, or that are not finite.
template <class T>
inline void add_extras_slowly(const T* g, int64_t n, Extras& extras) {
  for (int64_t i = 0; i < n; ++i) {
    const float x = std::fabs(math::to_float(g[i]));
    extras.squares += static_cast<double>(x) * x;
    extras.nonfinite += x - x == 0.0f ? 0.0 : 1.0;
    extras.largest = math::larger(extras.largest, x);
  }
}

// Sum of |g|; with kExtras of the squares, and the largest, too.
template <bool kExtras, class T>
inline float sum_block(const T* g, int64_t n, Extras* extras) {
  constexpr int kChains = 4;
  Wide sum[kChains] = {}, squares[kChains] = {}, largest[kChains] = {};
  const auto add = [&](int c, Wide x) __attribute__((always_inline)) {
    const Wide size = magnitude(x);
    sum[c] += size;
    if constexpr (kExtras) {
      squares[c] += size * size;
      largest[c] = size > largest[c] ? size : largest[c];
    }
  };
  int64_t i = 0;
  for (; i + kChains * kLanes <= n; i += kChains * kLanes) {
#pragma GCC unroll 4
    for (int c = 0; c < kChains; ++c) add(c, load_wide(g + i + c * kLanes));
  }
  for (; i + kLanes <= n; i += kLanes) add(0, load_wide(g + i));
  if (i < n) add(1, load_wide_first(g + i, n - i, 0.0f));
  const float total = sum_of_wide((sum[0] + sum[1]) + (sum[2] + sum[3]));
  if constexpr (kExtras) {
    for (int c = 1; c < kChains; ++c) largest[0] = largest[c] > largest[0] ? largest[c] : largest[0];
    float most = 0.0f;
    for (int l = 0; l < kLanes; ++l) most = largest[0][l] > most ? largest[0][l] : most;
    // Squares of floats neither overflow nor lose what counts in this range; NaN and infinity are outside.
    if (total < 1e15f && (most > 1e-12f || most == 0.0f)) {
      extras->squares += sum_of_wide((squares[0] + squares[1]) + (squares[2] + squares[3]));
      extras->largest = math::larger(extras->largest, most);
    } else {
      add_extras_slowly(g, n, *extras);
    }
  }
  return total;
}

constexpr int64_t kSumBlock = 4096;

// Sum of |g| over a run.
template <class T>
inline double sum_magnitudes(const T* g, int64_t n, Extras* extras) {
  double total = 0.0;
  for (int64_t begin = 0; begin < n; begin += kSumBlock) {
    const int64_t size = n - begin < kSumBlock ? n - begin : kSumBlock;
    total += extras ? sum_block<true>(g + begin, size, extras) : sum_block<false>(g + begin, size, nullptr);
  }
  return total;
}

// Adds the columns of [slices, count], of rows `stride` elements apart, to sums. count <= kSumBlock.
template <class T>
inline void sum_columns(const T* g, int64_t slices, int64_t stride, int64_t count, double* sums, Extras* extras) {
  constexpr int64_t kSlices = 64;
  float columns[kSumBlock];
  const int64_t whole = count - count % kLanes;
  for (int64_t begin = 0; begin < slices; begin += kSlices) {
    const int64_t end = begin + kSlices < slices ? begin + kSlices : slices;
    for (int64_t i = 0; i < count; ++i) columns[i] = 0.0f;
    for (int64_t o = begin; o < end; ++o) {
      const T* const row = g + o * stride;
      if (extras) sum_block<true>(row, count, extras);
      for (int64_t i = 0; i < whole; i += kLanes) {
        store_wide(columns + i, load_wide(static_cast<const float*>(columns) + i) + magnitude(load_wide(row + i)));
      }
      for (int64_t i = whole; i < count; ++i) columns[i] += std::fabs(math::to_float(row[i]));
    }
    for (int64_t i = 0; i < count; ++i) sums[i] += columns[i];
  }
}

}  // namespace anacrusis::ANACRUSIS_ISA
