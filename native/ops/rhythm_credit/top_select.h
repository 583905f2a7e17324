// Order statistics and top-n sets of one row without working memory: the cut is found bit by bit.
#pragma once

#include "math/formula.h"

namespace anacrusis {

// Unsigned integers in the order of the floats; both zeros are one. NaN is above all.
FORMULA uint32_t ordered_bits(float x) {
  union {
    float value;
    uint32_t bits;
  } u;
  u.value = x + 0.0f;
  return u.bits & 0x80000000u ? ~u.bits : u.bits | 0x80000000u;
}

FORMULA float from_ordered_bits(uint32_t bits) {
  union {
    uint32_t bits;
    float value;
  } u;
  u.bits = bits & 0x80000000u ? bits & 0x7fffffffu : ~bits;
  return u.value;
}

// Flagged elements of a row, in descending order of their keys, or in ascending order.
struct Ranking {
  const float* keys;
  const uint8_t* flags;
  int64_t n;
  bool ascending;

  FORMULA_METHOD uint32_t key(int64_t i) const {
    const uint32_t bits = ordered_bits(keys[i]);
    return ascending ? ~bits : bits;
  }

  FORMULA_METHOD int64_t count_from(uint32_t cut) const {
    int64_t count = 0;
    for (int64_t i = 0; i < n; ++i) count += flags[i] != 0 && key(i) >= cut;
    return count;
  }

  // The key at place `rank`, from 1 on; 0 when there are fewer.
  FORMULA_METHOD uint32_t cut_at(int64_t rank) const {
    uint32_t cut = 0;
    for (int bit = 31; bit >= 0; --bit) {
      const uint32_t higher = cut | (uint32_t{1} << bit);
      if (count_from(higher) >= rank) cut = higher;
    }
    return cut;
  }

  FORMULA_METHOD float value(uint32_t cut) const { return from_ordered_bits(ascending ? ~cut : cut); }
};

// at(rank) is the value at that place, from 1 on, of `count` values.
template <class At>
FORMULA double median(const At& at, int64_t count) {
  const double upper = at((count + 1) / 2);
  return count % 2 == 1 ? upper : 0.5 * (upper + at(count / 2 + 1));
}

// Leaves the flags of the first `count` alone; of equal keys the earlier ones come first.
FORMULA void keep_first(const Ranking& ranking, int64_t count, uint8_t* flags) {
  const uint32_t cut = count > 0 ? ranking.cut_at(count) : 0xffffffffu;
  int64_t ties = count;
  for (int64_t i = 0; i < ranking.n; ++i) ties -= flags[i] != 0 && ranking.key(i) > cut;
  for (int64_t i = 0; i < ranking.n; ++i) {
    if (flags[i] == 0 || ranking.key(i) > cut) continue;
    const bool kept = ranking.key(i) == cut && ties > 0;
    ties -= kept;
    flags[i] = kept;
  }
}

}  // namespace anacrusis
