// Loads, stores and the arithmetic of math/exp2.h over vectors of floats as wide as the registers of each build;
// bf16 and f16 elements are widened and narrowed on the way.
#pragma once

#include "lanes.h"
#include "math/exp2.h"
#include "math/float16.h"
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace anacrusis::ANACRUSIS_ISA {

using Wide = float __attribute__((vector_size(kLanes * sizeof(float))));

ANACRUSIS_INLINE Wide wide(float x) { return x - Wide{}; }

ANACRUSIS_INLINE Wide load_wide(const float* from) {
  Wide v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
ANACRUSIS_INLINE void store_wide(float* to, Wide v) { std::memcpy(to, &v, sizeof v); }

#if defined(__AVX512F__)
// Intrinsics with a mask of all lanes: those without one start from an undefined register, of which GCC 12 warns.
constexpr __mmask16 kAllLanes = 0xffff;

ANACRUSIS_INLINE Wide load_wide(const Bf16* from) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return _mm512_castsi512_ps(_mm512_maskz_slli_epi32(kAllLanes, _mm512_maskz_cvtepu16_epi32(kAllLanes, bits), 16));
}
ANACRUSIS_INLINE Wide load_wide(const F16* from) {
  return _mm512_maskz_cvtph_ps(kAllLanes, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}
// The result is in the upper half of each lane.
ANACRUSIS_INLINE __m512i rounded_to_bf16(Wide v) {
  const __m512i bits = _mm512_castps_si512(v);
  const __m512i odd = _mm512_and_si512(_mm512_maskz_srli_epi32(kAllLanes, bits, 16), _mm512_set1_epi32(1));
  return _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
}
// Rounds to nearest, ties to even, as math::Narrow does, except that a NaN has to have its low 16 bits clear.
ANACRUSIS_INLINE void store_wide(Bf16* to, Wide v) {
  const __m512i halves = _mm512_maskz_srli_epi32(kAllLanes, rounded_to_bf16(v), 16);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_maskz_cvtepi32_epi16(kAllLanes, halves));
}
ANACRUSIS_INLINE void store_two_wide(Bf16* to, Wide a, Wide b) {
  alignas(64) static constexpr uint16_t kUpperHalves[32] = {
      1,  3,  5,  7,  9,  11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31,
      33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63};
  const __m512i order = _mm512_load_si512(kUpperHalves);
  const __m512i both = _mm512_permutex2var_epi16(rounded_to_bf16(a), order, rounded_to_bf16(b));
  _mm512_storeu_si512(to, both);
}
ANACRUSIS_INLINE void store_wide(F16* to, Wide v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_maskz_cvtps_ph(kAllLanes, v, _MM_FROUND_TO_NEAREST_INT));
}
#elif defined(__AVX2__)
ANACRUSIS_INLINE Wide load_wide(const Bf16* from) {
  const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}
ANACRUSIS_INLINE Wide load_wide(const F16* from) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
ANACRUSIS_INLINE void store_wide(Bf16* to, Wide v) {
  const __m256i bits = _mm256_castps_si256(v), odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i rounded = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd);
  const __m256i halves = _mm256_srli_epi32(rounded, 16);
  const __m128i packed = _mm_packus_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), packed);
}
ANACRUSIS_INLINE void store_wide(F16* to, Wide v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
}
#else
template <class T>
ANACRUSIS_INLINE Wide load_wide(const T* from) {
  Wide v;
  for (int i = 0; i < kLanes; ++i) v[i] = math::to_float(from[i]);
  return v;
}
template <class T>
ANACRUSIS_INLINE void store_wide(T* to, Wide v) {
  for (int i = 0; i < kLanes; ++i) to[i] = math::Narrow<T>::from(v[i]);
}
#endif

template <class T>
ANACRUSIS_INLINE void store_two_wide(T* to, Wide a, Wide b) {
  store_wide(to, a);
  store_wide(to + kLanes, b);
}

// 2 kLanes elements, in an order of its own.
template <class T>
ANACRUSIS_INLINE void load_two_wide(const T* from, Wide& a, Wide& b) {
  a = load_wide(from), b = load_wide(from + kLanes);
}
ANACRUSIS_INLINE void load_two_wide(const Bf16* from, Wide& a, Wide& b) {
  using Bits = int32_t __attribute__((vector_size(sizeof(Wide))));
  Bits both;
  std::memcpy(&both, from, sizeof both);
  a = reinterpret_cast<Wide>(both << 16), b = reinterpret_cast<Wide>(both & -65536);
}

// The first n < kLanes elements, `rest` after them.
template <class T>
ANACRUSIS_INLINE Wide load_wide_first(const T* from, int64_t n, float rest) {
  float elements[kLanes];
  for (int i = 0; i < kLanes; ++i) elements[i] = rest;
  for (int64_t i = 0; i < n; ++i) elements[i] = math::to_float(from[i]);
  return load_wide(elements);
}
template <class T>
ANACRUSIS_INLINE void store_wide_first(T* to, Wide v, int64_t n) {
  float elements[kLanes];
  store_wide(elements, v);
  for (int64_t i = 0; i < n; ++i) to[i] = math::Narrow<T>::from(elements[i]);
}

}  // namespace anacrusis::ANACRUSIS_ISA

namespace anacrusis::math {

// As of float (math/exp2.h). The vectors of the three builds are three types.
template <>
struct Lane<ANACRUSIS_ISA::Wide> {
  using F = ANACRUSIS_ISA::Wide;
  using Int = int32_t __attribute__((vector_size(sizeof(F))));

#if defined(__AVX512F__)
  static constexpr __mmask16 kAll = ANACRUSIS_ISA::kAllLanes;
  FORMULA_METHOD static F larger(F a, F b) { return _mm512_maskz_max_ps(kAll, a, b); }
  FORMULA_METHOD static F round(F x) { return _mm512_maskz_roundscale_ps(kAll, x, _MM_FROUND_TO_NEAREST_INT); }
  FORMULA_METHOD static F times_power(F p, F n) { return _mm512_maskz_scalef_ps(kAll, p, n); }
#else
#if defined(__AVX2__)
  FORMULA_METHOD static F larger(F a, F b) { return _mm256_max_ps(a, b); }
#else
  FORMULA_METHOD static F larger(F a, F b) { return a > b ? a : b; }
#endif
  FORMULA_METHOD static F round(F x) { return (x + 12582912.0f) - 12582912.0f; }
  FORMULA_METHOD static F times_power(F p, F n) {
    const Int power = reinterpret_cast<Int>(n + 12582912.0f) << 23;
    const F product = reinterpret_cast<F>(reinterpret_cast<Int>(p) + power);
    return n < -126.0f ? F{} : product;
  }
#endif
};

}  // namespace anacrusis::math
