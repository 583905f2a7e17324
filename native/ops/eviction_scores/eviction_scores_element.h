// score of key i of a sequence of length L, for i < L - window =: n
//   = mean over the query heads h of the key head of pool(values[h], i)
//   pool = max or (sum / kernel) over the keys j in [0, n) with |j - i| <= (kernel - 1) / 2
// Both back ends run it.
#pragma once

#include "eviction_scores.h"
#include "math/formula.h"

namespace anacrusis {

struct EvictionScoresElement {
  EvictionScores a;

  FORMULA_METHOD int64_t length(int64_t s) const { return a.offsets[s + 1] - a.offsets[s]; }
  FORMULA_METHOD int64_t pooled(int64_t s) const {
    return length(s) > a.window ? length(s) - a.window : 0;
  }
  // First token of a head in [heads,T] or [S,heads,L].
  FORMULA_METHOD int64_t first(int64_t s, int64_t heads, int64_t head) const {
    if (a.layout.index == 1) return (s * heads + head) * length(s);
    return head * a.T + a.offsets[s];
  }
  FORMULA_METHOD float pool(const float* values, int64_t i, int64_t n) const {
    const int64_t reach = a.kernel / 2;
    const int64_t begin = i > reach ? i - reach : 0, end = i + reach < n ? i + reach + 1 : n;
    float result = a.pooling.index == 1 ? values[begin] : 0.0f;
    for (int64_t j = begin; j < end; ++j) {
      if (a.pooling.index == 0) result += values[j];
      else result = values[j] > result || values[j] != values[j] ? values[j] : result;
    }
    return a.pooling.index == 0 ? result / static_cast<float>(int64_t{a.kernel}) : result;
  }
  FORMULA_METHOD float operator()(int64_t s, int64_t kv, int64_t i) const {
    const int64_t group = a.H / a.Hkv, n = pooled(s);
    float sum = 0.0f;
    for (int64_t g = 0; g < group; ++g) sum += pool(a.values.data + first(s, a.H, kv * group + g), i, n);
    return sum / static_cast<float>(group);
  }
};

}  // namespace anacrusis
