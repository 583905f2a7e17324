// Vectors as wide as the registers of each build, for loops that the compiler does not find by itself.
#pragma once

#include <cstdint>
#include <cstring>

#include "isa.h"

#define ANACRUSIS_INLINE static inline __attribute__((always_inline))

namespace anacrusis::ANACRUSIS_ISA {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#define ANACRUSIS_LOW_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define ANACRUSIS_HIGH_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#define ANACRUSIS_LOW_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define ANACRUSIS_HIGH_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#else
constexpr int kLanes = 4;
#define ANACRUSIS_LOW_HALVES 0, 4, 1, 5
#define ANACRUSIS_HIGH_HALVES 2, 6, 3, 7
#endif

using Lanes = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

constexpr int64_t round_up_to_lanes(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

ANACRUSIS_INLINE Lanes load(const float* from) {
  Lanes v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

ANACRUSIS_INLINE void store(float* to, Lanes v) { std::memcpy(to, &v, sizeof v); }

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

// Transposes kLanes vectors in place: log2(kLanes) rounds of interleaving the two halves.
ANACRUSIS_INLINE void transpose(Lanes (&rows)[kLanes]) {
  for (int64_t round = 1; round < kLanes; round *= 2) {
    Lanes next[kLanes];
    for (int64_t i = 0; i < kLanes / 2; ++i) {
      const Lanes a = rows[i], b = rows[i + kLanes / 2];
      next[2 * i] = __builtin_shufflevector(a, b, ANACRUSIS_LOW_HALVES);
      next[2 * i + 1] = __builtin_shufflevector(a, b, ANACRUSIS_HIGH_HALVES);
    }
    for (int64_t i = 0; i < kLanes; ++i) rows[i] = next[i];
  }
}

#undef ANACRUSIS_LOW_HALVES
#undef ANACRUSIS_HIGH_HALVES

}  // namespace anacrusis::ANACRUSIS_ISA
