// Sums of float64 numbers that do not depend on the order of the additions: a fixed-point number so wide that
// no addition rounds (Kulisch, "Computer Arithmetic and Validity", 2008), here 352 bits of which the lowest is 2^-180.
//
// Every finite x with |x| < 2^140 is added exactly, but for its bits below 2^-180, which are dropped towards 0. Room is
// left for 2^31 of them. Larger numbers count as infinite; NaN, +inf and -inf are flags, and the sum is what IEEE
// arithmetic makes of them. While adding, a limb is an int64 that holds 32 bits and carries; a finished sum is
// kExactWords int32: the limbs as one two's complement number, lowest first, then the flags. Sums of any
// parts, added again, have the same bits as the sum of all.
#pragma once

#include "formula.h"

namespace anacrusis::math {

constexpr int kExactLimbs = 11, kExactWords = kExactLimbs + 1;
constexpr int kExactLowestBit = -180;

enum ExactFlag : int32_t { kExactNan = 1, kExactPositive = 2, kExactNegative = 4 };

// x in fixed point: what to add to limbs first, first + 1 and first + 2, and which flags to set.
struct ExactTerms {
  int32_t first, flags;
  int64_t part[3];
};

FORMULA ExactTerms exact_terms(double x) {
  union {
    double value;
    uint64_t bits;
  } u{x};
  const int32_t exponent = static_cast<int32_t>(u.bits >> 52) & 0x7ff;
  const bool negative = u.bits >> 63 != 0;
  if (x != x) return {0, kExactNan, {0, 0, 0}};
  int32_t place = exponent - 1075 - kExactLowestBit;  // of the significand's lowest bit
  if (place + 53 > 140 - kExactLowestBit) {
    return {0, negative ? kExactNegative : kExactPositive, {0, 0, 0}};
  }
  uint64_t significand = (u.bits & 0xfffffffffffffull) | (exponent > 0 ? 1ull << 52 : 0);
  if (place < 0) {
    significand = place > -64 ? significand >> -place : 0;
    place = 0;
  }
  const int32_t shift = place % 32;
  const auto low = static_cast<int64_t>((significand << shift) & 0xffffffffull);
  const auto middle = static_cast<int64_t>((significand >> (32 - shift)) & 0xffffffffull);
  const auto high = static_cast<int64_t>(shift > 0 ? significand >> (64 - shift) : 0);
  const int64_t sign = negative ? -1 : 1;
  return {place / 32, 0, {sign * low, sign * middle, sign * high}};
}

// Carries: limbs become the words of a finished sum.
FORMULA void exact_finish(const int64_t* limbs, int32_t flags, int32_t* words) {
  int64_t carry = 0;
  for (int i = 0; i < kExactLimbs; ++i) {
    const int64_t limb = limbs[i] + carry;
    words[i] = static_cast<int32_t>(static_cast<uint32_t>(limb & 0xffffffff));
    carry = limb >> 32;
  }
  words[kExactLimbs] = flags;
}

// The finished sum rounded once, to the nearest float64, ties to even.
FORMULA double exact_value(const int32_t* words) {
  const int32_t flags = words[kExactLimbs];
  if ((flags & kExactNan) != 0 || flags == (kExactPositive | kExactNegative)) return NAN;
  if (flags != 0) return flags == kExactPositive ? INFINITY : -INFINITY;
  const bool negative = words[kExactLimbs - 1] < 0;
  uint32_t magnitude[kExactLimbs];
  int top = -1;
  for (int i = 0, carry = 1; i < kExactLimbs; ++i) {
    const auto word = static_cast<uint32_t>(words[i]);
    magnitude[i] = negative ? ~word + static_cast<uint32_t>(carry) : word;
    carry = carry != 0 && word == 0 ? 1 : 0;
    if (magnitude[i] != 0) top = i;
  }
  if (top < 0) return 0.0;
  int zeros = 0;
  while ((magnitude[top] << zeros & 0x80000000u) == 0) ++zeros;
  const uint64_t next = top > 0 ? magnitude[top - 1] : 0, after = top > 1 ? magnitude[top - 2] : 0;
  uint64_t leading = (static_cast<uint64_t>(magnitude[top]) << 32 | next) << zeros;
  leading |= after << zeros >> 32;
  bool rest = (after << zeros & 0xffffffffull) != 0;
  for (int i = 0; i < top - 2; ++i) rest = rest || magnitude[i] != 0;
  uint64_t significand = leading >> 11;
  const uint64_t dropped = leading & 2047;
  if (dropped > 1024 || (dropped == 1024 && (rest || (significand & 1) != 0))) ++significand;
  const double size = ::ldexp(static_cast<double>(significand),
                              32 * top + 31 - zeros - 52 + kExactLowestBit);
  return negative ? -size : size;
}

}  // namespace anacrusis::math
