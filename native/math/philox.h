// Philox4x32-10: random numbers as a function of a counter and a key (Salmon, Moraes, Dror and Shaw,
// "Parallel random numbers: as easy as 1, 2, 3", SC'11, section 3.3). No state: any element of any stream
// is computed on its own, so results depend neither on threads nor on the order of calls.
//
// Streams of this project: key = seed, counter = (index of the block, stream), each as two words, low
// word first. Seeds and streams are below 2^53, so the highest bit of the last word is free: the
// sampler sets it, and its numbers are never those of a stream.
#pragma once

#include "formula.h"

namespace anacrusis::math {

struct PhiloxBlock {
  uint32_t a, b, c, d;
};

struct PhiloxKey {
  uint32_t low, high;
};

FORMULA constexpr PhiloxBlock philox4x32_10(PhiloxBlock counter, PhiloxKey key) {
  constexpr uint64_t kMultiplierA = 0xD2511F53u, kMultiplierC = 0xCD9E8D57u;
  constexpr uint32_t kWeylLow = 0x9E3779B9u, kWeylHigh = 0xBB67AE85u;
  PhiloxBlock x = counter;
  for (int round = 0; round < 10; ++round) {
    const uint64_t first = kMultiplierA * x.a, second = kMultiplierC * x.c;
    x = {static_cast<uint32_t>(second >> 32) ^ x.b ^ key.low, static_cast<uint32_t>(second),
         static_cast<uint32_t>(first >> 32) ^ x.d ^ key.high, static_cast<uint32_t>(first)};
    key.low += kWeylLow;
    key.high += kWeylHigh;
  }
  return x;
}

// Known answers of the authors' library (Random123, tests/kat_vectors), checked by the compiler.
constexpr bool philox_gives(PhiloxBlock counter, PhiloxKey key, PhiloxBlock answer) {
  const PhiloxBlock x = philox4x32_10(counter, key);
  return x.a == answer.a && x.b == answer.b && x.c == answer.c && x.d == answer.d;
}
static_assert(philox_gives({0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
static_assert(philox_gives({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u},
                           {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
static_assert(philox_gives({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
                           {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));

FORMULA PhiloxKey philox_key(int64_t seed) {
  return {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
}

// Block `index` of a stream.
FORMULA PhiloxBlock philox_block(PhiloxKey key, int64_t stream, int64_t index) {
  return philox4x32_10({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
                        static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)},
                       key);
}

// Uniform in [0, 1) with 53 bits, for the one draw of a categorical sample.
FORMULA double philox_sample(PhiloxKey key, int32_t stream, int32_t step) {
  const PhiloxBlock x = philox4x32_10(
      {static_cast<uint32_t>(step), static_cast<uint32_t>(stream), 0u, 0x80000000u}, key);
  return (static_cast<double>(x.a >> 5) * 67108864.0 + static_cast<double>(x.b >> 6)) *
         (1.0 / 9007199254740992.0);
}

}  // namespace anacrusis::math
