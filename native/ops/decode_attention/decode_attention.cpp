#include "decode_attention.h"

#include "math/exp.h"
#include "runtime/parallel.h"
#include "runtime/tile_product.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kKeys = 64;  // of one step of the online softmax

// Scores of kLanes keys from `first` on, of which `count` are there; the others score -inf. For any D.
void score_any(const float* query, const float* keys, int64_t step, int64_t first, int64_t count,
               int64_t D, float scale, float* scores) {
  for (int64_t i = first; i < first + kLanes; ++i) {
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t d = 0; d < D; ++d) sum += query[d] * keys[(i < count ? i : 0) * step + d];
    scores[i] = i < count ? scale * sum : -INFINITY;
  }
}

// The same for D a multiple of kLanes and the kQueries queries that share the keys: sums over the lanes
// are folded so that score i ends in lane i.
template <int kQueries>
ANACRUSIS_INLINE void score_lanes(const float* queries, const float* keys, int64_t step, int64_t first,
                                  int64_t count, int64_t D, float scale, float* scores) {
  constexpr int kHalf = kLanes / 2;
  const auto key = [&](int64_t i) { return keys + (i < count ? i : count - 1) * step; };
  Lanes parts[kQueries][kHalf];
#pragma GCC unroll 8
  for (int i = 0; i < kHalf; ++i) {
    Lanes low[kQueries] = {}, high[kQueries] = {};
    for (int64_t d = 0; d < D; d += kLanes) {
      const Lanes a = load(key(first + i) + d), b = load(key(first + i + kHalf) + d);
      for (int g = 0; g < kQueries; ++g) {
        const Lanes query = load(queries + g * D + d);
        low[g] += query * a;
        high[g] += query * b;
      }
    }
    for (int g = 0; g < kQueries; ++g) parts[g][i] = fold(low[g], high[g]);
  }
  Lanes place;
  for (int i = 0; i < kLanes; ++i) place[i] = static_cast<float>(i);
  const auto seen = place < broadcast(static_cast<float>(count - first));
  for (int g = 0; g < kQueries; ++g) {
    for (int half = kHalf / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) parts[g][i] = fold(parts[g][i], parts[g][i + half]);
    }
    store(scores + g * kKeys + first, seen ? scale * parts[g][0] : broadcast(-INFINITY));
  }
}

struct Softmax {
  float maximum = -INFINITY, total = 0.0f;

  // Scores become exp(score - maximum so far); returns the factor of everything before them.
  __attribute__((always_inline)) float step(float* scores, int64_t count) {
    Lanes most = broadcast(maximum), sum{};
    for (int64_t i = 0; i < count; i += kLanes) {
      const Lanes score = load(scores + i);
      most = score > most ? score : most;
    }
    const float before = maximum;
    maximum = maximum_of(most);
    for (int64_t i = 0; i < count; i += kLanes) {
      for (int64_t j = i; j < i + kLanes; ++j) scores[j] = math::exp(scores[j] - maximum);
      sum += load(scores + i);
    }
    const float factor = before == maximum ? 1.0f : math::exp(before - maximum);
    total = total * factor + sum_of(sum);
    return factor;
  }
};

// Queries head..head+kQueries-1 of a row, which share a head of the cache.
template <int kQueries>
ANACRUSIS_INLINE void attend(const DecodeAttention& a, int64_t D, int64_t row, int64_t head) {
  const int64_t step = a.Hkv * D, length = a.length[row];
  const int64_t first = (int64_t{a.slot[row]} * a.C * a.Hkv + head / (a.H / a.Hkv)) * D;
  const float* const queries = a.q.data + (row * a.H + head) * D;
  float* const y = a.y.data + (row * a.H + head) * D;
  const auto scale = static_cast<float>(a.scale);
  Softmax softmax[kQueries];
  float scores[kQueries * kKeys];
  for (int64_t key = 0; key < length; key += kKeys) {
    const int64_t keys = length - key < kKeys ? length - key : kKeys;
    const float* const block = a.k_cache.data + first + key * step;
    for (int64_t i = 0; i < keys; i += kLanes) {
      if (D % kLanes == 0) {
        score_lanes<kQueries>(queries, block, step, i, keys, D, scale, scores);
        continue;
      }
      for (int g = 0; g < kQueries; ++g) {
        score_any(queries + g * D, block, step, i, keys, D, scale, scores + g * kKeys);
      }
    }
    for (int g = 0; g < kQueries; ++g) {
      const float factor = softmax[g].step(scores + g * kKeys, keys);
      for (int64_t d = 0; d < D && key > 0; ++d) y[g * D + d] *= factor;
    }
    tile_product({.M = kQueries,
                  .N = D,
                  .K = keys,
                  .a = scores,
                  .a_row = kKeys,
                  .a_col = 1,
                  .b = a.v_cache.data + first + key * step,
                  .b_row = step,
                  .c = y,
                  .c_row = D,
                  .accumulate = key > 0});
  }
  for (int g = 0; g < kQueries; ++g) {
    const float factor = 1.0f / softmax[g].total;
    for (int64_t d = 0; d < D; ++d) y[g * D + d] *= factor;
  }
}

// The queries that share a head of the cache together, so that keys and values are read once for 4.
ANACRUSIS_INLINE void attend_group(const DecodeAttention& a, int64_t D, int64_t row, int64_t kv_head) {
  const int64_t group = a.H / a.Hkv, first = kv_head * group;
  int64_t g = 0;
  for (; g + 4 <= group; g += 4) attend<4>(a, D, row, first + g);
  for (; g + 2 <= group; g += 2) attend<2>(a, D, row, first + g);
  if (g < group) attend<1>(a, D, row, first + g);
}

}  // namespace

// Small head sizes as constants: their loops unroll.
void run(const DecodeAttention& a) {
  const int64_t work = a.H / a.Hkv * a.C * a.D / 4;  // about: slots are seldom full
  rows(a.R * a.Hkv, work, [&](int64_t i) {
    const int64_t row = i / a.Hkv, kv_head = i % a.Hkv;
    if (a.D == 32) attend_group(a, 32, row, kv_head);
    else if (a.D == 64) attend_group(a, 64, row, kv_head);
    else attend_group(a, a.D, row, kv_head);
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
