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

// Magnitudes are in the order of their bits, NaN last.
using WideBits = int32_t __attribute__((vector_size(sizeof(Wide))));

ANACRUSIS_INLINE Wide magnitude(Wide x) {
  return reinterpret_cast<Wide>(reinterpret_cast<WideBits>(x) & 0x7fffffff);
}
ANACRUSIS_INLINE WideBits larger_bits(WideBits a, WideBits b) { return a > b ? a : b; }

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

// Begins to fetch n elements that lie `bytes` behind: what the processor fetches by itself ends at each page.
constexpr int64_t kFetched = 8192;

template <class T>
ANACRUSIS_INLINE void fetch(const T* g, int64_t bytes, int64_t n) {
  const auto from = reinterpret_cast<uintptr_t>(g) + static_cast<uintptr_t>(bytes);
  for (uintptr_t at = 0; at < static_cast<uintptr_t>(n) * sizeof(T); at += 64) {
    __builtin_prefetch(reinterpret_cast<const void*>(from + at));
  }
}

// Lanes of the sum of |g|, and with kExtras of the squares and of the largest, over elements that are added to it.
template <bool kExtras>
struct LaneSums {
  static constexpr int kChains = 4;
  Wide sum[kChains] = {}, squares[kChains] = {};
  WideBits largest[kChains] = {};

  template <class T>
  __attribute__((always_inline)) void add(const T* g, int64_t n) {
    int64_t i = 0;
    for (; i + kChains * kLanes <= n; i += kChains * kLanes) {
      fetch(g + i, kFetched, kChains * kLanes);
#pragma GCC unroll 4
      for (int c = 0; c < kChains; ++c) add(c, load_wide(g + i + c * kLanes));
    }
    for (; i + kLanes <= n; i += kLanes) add(0, load_wide(g + i));
    if (i < n) add(1, load_wide_first(g + i, n - i, 0.0f));
  }
  // The sum so far, which begins anew.
  __attribute__((always_inline)) Wide take_sum() {
    const Wide all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    sum[0] = sum[1] = sum[2] = sum[3] = Wide{};
    return all;
  }
  // `total` is the sum of all n elements from g on that were added.
  template <class T>
  __attribute__((always_inline)) void finish(float total, const T* g, int64_t n, Extras* extras) {
    if constexpr (kExtras) {
      const WideBits all = larger_bits(larger_bits(largest[0], largest[1]), larger_bits(largest[2], largest[3]));
      const float most = maximum_of(reinterpret_cast<Lanes>(all));
      // Squares of floats neither overflow nor lose what counts in this range; NaN and infinity are outside.
      if (total < 1e15f && (most > 1e-12f || most == 0.0f)) {
        extras->squares += sum_of_wide((squares[0] + squares[1]) + (squares[2] + squares[3]));
        extras->largest = math::larger(extras->largest, most);
      } else {
        add_extras_slowly(g, n, *extras);
      }
    }
  }

 private:
  __attribute__((always_inline)) void add(int c, Wide x) {
    const Wide size = magnitude(x);
    sum[c] += size;
    if constexpr (kExtras) {
      squares[c] += size * size;
      largest[c] = larger_bits(reinterpret_cast<WideBits>(size), largest[c]);
    }
  }
};

// Sum of |g|; with kExtras of the squares, and the largest, too.
template <bool kExtras, class T>
inline float sum_block(const T* g, int64_t n, Extras* extras) {
  LaneSums<kExtras> lanes;
  lanes.add(g, n);
  const float total = sum_of_wide(lanes.take_sum());
  lanes.finish(total, g, n, extras);
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

// Sums of |g| over up to kLanes rows of n elements, one after another: their lanes are added up together.
template <bool kExtras, class T>
inline void sum_some_rows(const T* g, int64_t n, int64_t rows, double* sums, Extras* extras) {
  LaneSums<kExtras> lanes;
  Lanes of_row[kLanes];
  for (int64_t r = 0; r < rows; ++r) {
    lanes.add(g + r * n, n);
    of_row[r] = lanes.take_sum();
  }
  for (int64_t r = rows; r < kLanes; ++r) of_row[r] = Lanes{};
  const Lanes totals = sum_of_each(of_row);
  float total = 0.0f;
  for (int64_t r = 0; r < rows; ++r) {
    sums[r] += totals[r];
    total += totals[r];
  }
  lanes.finish(total, g, rows * n, extras);
}

// Adds the sums of |g| over `rows` rows of n elements to sums.
template <class T>
inline void sum_rows(const T* g, int64_t n, int64_t rows, double* sums, Extras* extras) {
  constexpr int64_t kShort = 512;
  if (n > kShort) {
    for (int64_t r = 0; r < rows; ++r) sums[r] += sum_magnitudes(g + r * n, n, extras);
    return;
  }
  for (int64_t r = 0; r < rows; r += kLanes) {
    const int64_t some = rows - r < kLanes ? rows - r : kLanes;
    if (extras) sum_some_rows<true>(g + r * n, n, some, sums + r, extras);
    else sum_some_rows<false>(g + r * n, n, some, sums + r, nullptr);
  }
}

// Adds the columns of [slices, count], of rows `stride` elements apart, to sums. count <= kSumBlock.
template <class T>
inline void sum_columns(const T* g, int64_t slices, int64_t stride, int64_t count, double* sums, Extras* extras) {
  constexpr int64_t kSlices = 64;
  constexpr auto size = static_cast<int64_t>(sizeof(T));
  float columns[kSumBlock];
  const int64_t whole = count - count % kLanes;
  for (int64_t begin = 0; begin < slices; begin += kSlices) {
    const int64_t end = begin + kSlices < slices ? begin + kSlices : slices;
    for (int64_t i = 0; i < count; ++i) columns[i] = 0.0f;
    for (int64_t o = begin; o < end; ++o) {
      const T* const row = g + o * stride;
      fetch(row, stride * size * (1 + kFetched / (count * size)), count);
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
