// Vectors as wide as the registers of each build, for loops that the compiler does not find by itself.
#pragma once

#include <cstdint>
#include <cstring>

#include "isa.h"

#define ANACRUSIS_INLINE static inline __attribute__((always_inline))

namespace anacrusis::ANACRUSIS_ISA {

#if defined(__AVX512F__)
constexpr int kLanes = 16, kLogLanes = 4;
#define ANACRUSIS_LOW_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define ANACRUSIS_HIGH_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define ANACRUSIS_INDICES 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#elif defined(__AVX2__)
constexpr int kLanes = 8, kLogLanes = 3;
#define ANACRUSIS_LOW_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define ANACRUSIS_HIGH_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#define ANACRUSIS_INDICES 0, 1, 2, 3, 4, 5, 6, 7
#else
constexpr int kLanes = 4, kLogLanes = 2;
#define ANACRUSIS_LOW_HALVES 0, 4, 1, 5
#define ANACRUSIS_HIGH_HALVES 2, 6, 3, 7
#define ANACRUSIS_INDICES 0, 1, 2, 3
#endif

using Lanes = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));
using IntLanes = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));

constexpr int64_t round_up_to_lanes(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

ANACRUSIS_INLINE Lanes load(const float* from) { return *reinterpret_cast<const Lanes*>(from); }
ANACRUSIS_INLINE void store(float* to, Lanes v) { *reinterpret_cast<Lanes*>(to) = v; }
ANACRUSIS_INLINE Lanes broadcast(float x) { return x - Lanes{}; }

// The first n < kLanes elements; zeros after them.
ANACRUSIS_INLINE Lanes load_first(const float* from, int64_t n) {
  float elements[kLanes] = {};
  for (int64_t i = 0; i < n; ++i) elements[i] = from[i];
  return load(elements);
}

ANACRUSIS_INLINE void store_first(float* to, Lanes v, int64_t n) {
  float elements[kLanes];
  store(elements, v);
  for (int64_t i = 0; i < n; ++i) to[i] = elements[i];
}

// True in the first n lanes.
ANACRUSIS_INLINE IntLanes first_lanes(int64_t n) {
  return IntLanes{ANACRUSIS_INDICES} < static_cast<int32_t>(n);
}

// True in the lanes whose bits are set.
ANACRUSIS_INLINE IntLanes lanes_of(uint32_t bits) {
  const IntLanes one = 1 << IntLanes{ANACRUSIS_INDICES};
  return (one & static_cast<int32_t>(bits)) != 0;
}

// v with the first n lanes replaced (none if n <= 0, all if n >= kLanes).
ANACRUSIS_INLINE Lanes replace_first(Lanes v, int64_t n, float value) {
  const auto count = static_cast<int32_t>(n < 0 ? 0 : n < kLanes ? n : kLanes);
  return IntLanes{ANACRUSIS_INDICES} < count ? broadcast(value) : v;
}

ANACRUSIS_INLINE Lanes low_halves(Lanes a, Lanes b) {  // a0 b0 a1 b1 ...
  return __builtin_shufflevector(a, b, ANACRUSIS_LOW_HALVES);
}

ANACRUSIS_INLINE Lanes high_halves(Lanes a, Lanes b) {
  return __builtin_shufflevector(a, b, ANACRUSIS_HIGH_HALVES);
}

// Sums of two lanes each: those of a in the even places, those of b in the odd ones.
ANACRUSIS_INLINE Lanes fold(Lanes a, Lanes b) { return low_halves(a, b) + high_halves(a, b); }

// Transposes kLanes vectors in place: log2(kLanes) rounds of interleaving the two halves.
ANACRUSIS_INLINE void transpose(Lanes (&rows)[kLanes]) {
#pragma GCC unroll 4
  for (int round = 0; round < kLogLanes; ++round) {
    Lanes next[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kLanes / 2; ++i) {
      next[2 * i] = low_halves(rows[i], rows[i + kLanes / 2]);
      next[2 * i + 1] = high_halves(rows[i], rows[i + kLanes / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) rows[i] = next[i];
  }
}

// Lane i of the result is the sum over the lanes of rows[i]. Overwrites rows.
ANACRUSIS_INLINE Lanes sum_of_each(Lanes (&rows)[kLanes]) {
#pragma GCC unroll 4
  for (int count = kLanes / 2; count > 0; count /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < count; ++i) rows[i] = fold(rows[i], rows[i + count]);
  }
  return rows[0];
}

ANACRUSIS_INLINE float sum_of(Lanes v) {
  for (int n = kLanes; n > 1; n /= 2) v = fold(v, v);
  return v[0];
}

// NaN lanes may be passed over.
ANACRUSIS_INLINE float maximum_of(Lanes v) {
  for (int n = kLanes; n > 1; n /= 2) {
    const Lanes low = low_halves(v, v), high = high_halves(v, v);
    v = low > high ? low : high;
  }
  return v[0];
}

#undef ANACRUSIS_LOW_HALVES
#undef ANACRUSIS_HIGH_HALVES
#undef ANACRUSIS_INDICES

}  // namespace anacrusis::ANACRUSIS_ISA
