#include "decode_attention.h"

#include "math/exp.h"
#include "runtime/parallel.h"
#include "runtime/tile_product.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kKeys = 64;    // of one step of the online softmax
constexpr int64_t kQueries = 8;  // heads of a group that read the keys together

// scores[i] = scale * query . keys[i] for kLanes keys; past the last one the last is read again.
ANACRUSIS_INLINE void score_lanes(const float* query, const float* keys, int64_t step, int64_t count,
                                  int64_t D, float scale, float* scores) {
  Lanes sum[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) sum[i] = Lanes{};
  for (int64_t d = 0; d < D; d += kLanes) {
    const int64_t width = D - d < kLanes ? D - d : kLanes;
    const Lanes part = width == kLanes ? load(query + d) : load_first(query + d, width);
    const float* key = keys + d;
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
      sum[i] += part * (width == kLanes ? load(key) : load_first(key, width));
      key += i + 1 < count ? step : 0;
    }
  }
  store(scores, scale * sum_of_each(sum));
}

struct Softmax {
  float maximum = -INFINITY, total = 0.0f;

  // Scores become exp(score - maximum so far); returns the factor of everything before them.
  float step(float* scores, int64_t count) {
    const int64_t padded = round_up_to_lanes(count);
    for (int64_t i = count; i < padded; ++i) scores[i] = -INFINITY;
    float most = maximum, sum = 0.0f;
#pragma omp simd reduction(max : most)
    for (int64_t i = 0; i < padded; ++i) most = scores[i] > most ? scores[i] : most;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < padded; ++i) {
      scores[i] = math::exp(scores[i] - most);
      sum += scores[i];
    }
    const float factor = math::exp(maximum - most);
    total = total * factor + sum;
    maximum = most;
    return factor;
  }
};

// Some heads of one group of one row, from `head` on.
void attend(const DecodeAttention& a, int64_t row, int64_t head, int64_t count) {
  const int64_t step = a.Hkv * a.D, length = a.length[row];
  const int64_t first = (int64_t{a.slot[row]} * a.C * a.Hkv + head / (a.H / a.Hkv)) * a.D;
  const float* const queries = a.q.data + (row * a.H + head) * a.D;
  float* const y = a.y.data + (row * a.H + head) * a.D;
  Softmax softmax[kQueries];
  alignas(64) float scores[kQueries][kKeys];
  for (int64_t key = 0; key < length; key += kKeys) {
    const int64_t keys = length - key < kKeys ? length - key : kKeys;
    const float* const block = a.k_cache.data + first + key * step;
    for (int64_t h = 0; h < count; ++h) {
      for (int64_t i = 0; i < keys; i += kLanes) {
        score_lanes(queries + h * a.D, block + i * step, step, keys - i, a.D,
                    static_cast<float>(a.scale), scores[h] + i);
      }
      const float factor = softmax[h].step(scores[h], keys);
      for (int64_t d = 0; d < a.D && key > 0; ++d) y[h * a.D + d] *= factor;
    }
    tile_product({.M = count,
                  .N = a.D,
                  .K = keys,
                  .a = scores[0],
                  .a_row = kKeys,
                  .a_col = 1,
                  .b = a.v_cache.data + first + key * step,
                  .b_row = step,
                  .c = y,
                  .c_row = a.D,
                  .accumulate = key > 0});
  }
  for (int64_t h = 0; h < count; ++h) {
    const float factor = 1.0f / softmax[h].total;
    for (int64_t d = 0; d < a.D; ++d) y[h * a.D + d] *= factor;
  }
}

}  // namespace

void run(const DecodeAttention& a) {
  const int64_t group = a.H / a.Hkv;
  const int64_t work = a.C * a.D * group / 4;  // of a key head, about: slots are seldom full
  rows(a.R * a.Hkv, work, [&](int64_t i) {
    const int64_t first = i % a.Hkv * group;
    for (int64_t g = 0; g < group; g += kQueries) {
      attend(a, i / a.Hkv, first + g, group - g < kQueries ? group - g : kQueries);
    }
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
