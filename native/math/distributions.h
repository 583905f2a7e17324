// Random words to numbers. Same bits on every instruction set and device: products are either exact or
// inside an explicit fma, and no function of a mathematics library is called.
//
// Uniform in [lo, hi):  lo + (hi - lo) * (w >> 8) / 2^24
// Normal (Box and Muller 1958), from two words v and w:
//   u = ((v >> 8) + 1) / 2^24 in (0, 1],   angle = 2 pi w / 2^32
//   (sqrt(-2 ln u) cos(angle), sqrt(-2 ln u) sin(angle)),   at most 5.77 in size
// Integer in [lo, lo + n):  lo + floor(n * (v 2^32 + w) / 2^64), uneven by less than n / 2^64
//
// ln, sin and cos are polynomials of Cephes (S. Moshier), logf, sinf and cosf; within 3e-7 of the
// float64 functions.
#pragma once

#include "formula.h"

namespace anacrusis::math {

struct UniformRange {
  double lo, width;  // float32 values, so that the product with 24 bits is exact in float64
  float last;        // largest float32 below hi
};

FORMULA float uniform(uint32_t word, UniformRange range) {
  const double unit = static_cast<double>(static_cast<int32_t>(word >> 8)) * (1.0 / 16777216.0);
  const float value = static_cast<float>(range.lo + range.width * unit);
  return value > range.last ? range.last : value;
}

FORMULA float log_of_unit(float u) {  // u in [2^-24, 1]
  union {
    float value;
    int32_t bits;
  } m;
  m.value = u;
  const int32_t exponent = (m.bits - 0x3f3504f3) >> 23;  // mantissa in [sqrt(1/2), sqrt(2))
  m.bits -= exponent << 23;
  const float n = static_cast<float>(exponent), z = m.value - 1.0f, square = z * z;
  float p = ::fmaf(7.0376836292e-2f, z, -1.1514610310e-1f);
  p = ::fmaf(p, z, 1.1676998740e-1f);
  p = ::fmaf(p, z, -1.2420140846e-1f);
  p = ::fmaf(p, z, 1.4249322787e-1f);
  p = ::fmaf(p, z, -1.6668057665e-1f);
  p = ::fmaf(p, z, 2.0000714765e-1f);
  p = ::fmaf(p, z, -2.4999993993e-1f);
  p = ::fmaf(p, z, 3.3333331174e-1f);
  const float tail = ::fmaf(p * z, square, n * -2.12194440e-4f);
  return ::fmaf(n, 0.693359375f, z + ::fmaf(-0.5f, square, tail));
}

struct NormalPair {
  float first, second;
};

FORMULA NormalPair box_muller(uint32_t v, uint32_t w) {
  const float u = static_cast<float>(static_cast<int32_t>((v >> 8) + 1)) * (1.0f / 16777216.0f);
  const float radius = ::sqrtf(-2.0f * log_of_unit(u));
  const uint32_t quarter = (w + 0x20000000u) >> 30;  // nearest quarter turn
  const auto rest = static_cast<int32_t>(w - (quarter << 30));
  const float x = static_cast<float>(rest) * 1.4629180792671596e-9f;  // 2 pi / 2^32
  const float square = x * x;
  const float sine_tail =
      ::fmaf(::fmaf(-1.9515295891e-4f, square, 8.3321608736e-3f), square, -1.6666654611e-1f);
  const float cosine_tail =
      ::fmaf(::fmaf(2.443315711809948e-5f, square, -1.388731625493765e-3f), square, 4.166664568298827e-2f);
  const float sine = ::fmaf(sine_tail * square, x, x);
  const float cosine = ::fmaf(cosine_tail * square, square, ::fmaf(-0.5f, square, 1.0f));
  const bool swap = (quarter & 1u) != 0;
  const float along = swap ? sine : cosine, across = swap ? cosine : sine;
  const bool negative_along = ((quarter + 1u) & 2u) != 0, negative_across = (quarter & 2u) != 0;
  return {radius * (negative_along ? -along : along), radius * (negative_across ? -across : across)};
}

FORMULA int32_t integer_in(uint32_t v, uint32_t w, int64_t lo, uint64_t n) {  // 1 <= n <= 2^32
  const uint64_t product = static_cast<uint64_t>(v) * n + ((static_cast<uint64_t>(w) * n) >> 32);
  return static_cast<int32_t>(lo + static_cast<int64_t>(product >> 32));
}

}  // namespace anacrusis::math
