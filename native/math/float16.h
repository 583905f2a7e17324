// The two 16-bit float formats as bits: bfloat16 (8 exponent bits, the upper half of a float) and IEEE
// binary16. Both widen to float exactly; narrowing rounds to nearest, ties to even, NaN stays NaN.
// Branch-free, so that host loops vectorise.
#pragma once

#include "formula.h"

namespace anacrusis {

struct Bf16 {
  uint16_t bits;
};
struct F16 {
  uint16_t bits;
};

namespace math {

union FloatBits {
  float value;
  uint32_t bits;
};

FORMULA float to_float(float x) { return x; }

FORMULA float to_float(Bf16 x) {
  FloatBits wide{};
  wide.bits = static_cast<uint32_t>(x.bits) << 16;
  return wide.value;
}

// Exponent and mantissa moved into place, then times 2^112: that also normalises subnormals.
FORMULA float to_float(F16 x) {
  FloatBits wide{}, scale{}, sign{};
  wide.bits = static_cast<uint32_t>(x.bits & 0x7fff) << 13;
  const bool special = wide.bits >= 0x0f800000u;  // infinity or NaN
  scale.bits = 0x77800000u;                       // 2^112
  wide.value *= scale.value;
  wide.bits |= special ? 0x7f800000u : 0u;
  sign.bits = static_cast<uint32_t>(x.bits & 0x8000) << 16;
  wide.bits |= sign.bits;
  return wide.value;
}

template <class T>
struct Narrow;

template <>
struct Narrow<float> {
  FORMULA_METHOD static float from(float x) { return x; }
};

template <>
struct Narrow<Bf16> {
  FORMULA_METHOD static Bf16 from(float x) {
    FloatBits wide{x};
    const uint32_t rounded = (wide.bits + 0x7fffu + ((wide.bits >> 16) & 1u)) >> 16;
    const bool nan = (wide.bits & 0x7fffffffu) > 0x7f800000u;
    return {static_cast<uint16_t>(nan ? 0x7fffu : rounded)};
  }
};

template <>
struct Narrow<F16> {
  FORMULA_METHOD static F16 from(float x) {
    FloatBits wide{x};
    const uint32_t sign = (wide.bits >> 16) & 0x8000u;
    const uint32_t magnitude = wide.bits & 0x7fffffffu;
    // Normal results: round the 13 dropped bits, re-bias. Subnormal ones: adding 0.5 leaves the
    // rounded mantissa in the low bits.
    const uint32_t normal = (magnitude + 0xfffu + ((magnitude >> 13) & 1u) - 0x38000000u) >> 13;
    FloatBits small{}, half{};
    small.bits = magnitude;
    half.bits = 0x3f000000u;  // 0.5
    small.value += half.value;
    const uint32_t subnormal = small.bits - half.bits;
    uint32_t result = magnitude < 0x38800000u ? subnormal : normal;
    result = magnitude >= 0x477ff000u ? 0x7c00u : result;  // 65520 and above: infinity
    result = magnitude > 0x7f800000u ? 0x7fffu : result;
    return {static_cast<uint16_t>(sign | result)};
  }
};

}  // namespace math
}  // namespace anacrusis
