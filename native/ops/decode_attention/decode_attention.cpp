#include "decode_attention.h"

#include "math/exp.h"
#include "runtime/parallel.h"
#include "runtime/tile_product.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kKeys = 64;  // of one step of the online softmax

// scores[i] = scale * query . keys[i] for kLanes keys; past the last one the last is read again.
void score_lanes(const float* query, const float* keys, int64_t step, int64_t count, int64_t D,
                 float scale, float* scores) {
  Lanes sum[kLanes];
  const float* key[kLanes];
  for (int64_t i = 0; i < kLanes; ++i) {
    sum[i] = Lanes{};
    key[i] = keys + (i < count ? i : count - 1) * step;
  }
  int64_t d = 0;
  for (; d + kLanes <= D; d += kLanes) {
    const Lanes part = load(query + d);
    for (int64_t i = 0; i < kLanes; ++i) sum[i] += part * load(key[i] + d);
  }
  if (d < D) {
    const Lanes part = load_first(query + d, D - d);
    for (int64_t i = 0; i < kLanes; ++i) sum[i] += part * load_first(key[i] + d, D - d);
  }
  transpose(sum);
  Lanes total = sum[0];
  for (int64_t i = 1; i < kLanes; ++i) total += sum[i];
  store(scores, scale * total);
}

struct Softmax {
  float maximum = -INFINITY, total = 0.0f;

  // Scores become exp(score - maximum so far); returns the factor of everything before them.
  float step(float* scores, int64_t count) {
    const int64_t padded = round_up_to_lanes(count);
    for (int64_t i = count; i < padded; ++i) scores[i] = -INFINITY;
    float most = maximum;
    for (int64_t i = 0; i < count; ++i) most = scores[i] > most ? scores[i] : most;
    Lanes sum{};
    for (int64_t i = 0; i < padded; i += kLanes) {
      for (int64_t j = i; j < i + kLanes; ++j) scores[j] = math::exp(scores[j] - most);
      sum += load(scores + i);
    }
    const float factor = math::exp(maximum - most);
    total *= factor;
    for (int64_t i = 0; i < kLanes; ++i) total += sum[i];
    maximum = most;
    return factor;
  }
};

void attend(const DecodeAttention& a, int64_t row, int64_t head) {
  const int64_t step = a.Hkv * a.D, length = a.length[row];
  const int64_t first = (int64_t{a.slot[row]} * a.C * a.Hkv + head / (a.H / a.Hkv)) * a.D;
  const float* const query = a.q.data + (row * a.H + head) * a.D;
  float* const y = a.y.data + (row * a.H + head) * a.D;
  Softmax softmax;
  float scores[kKeys];
  for (int64_t key = 0; key < length; key += kKeys) {
    const int64_t keys = length - key < kKeys ? length - key : kKeys;
    const float* const block = a.k_cache.data + first + key * step;
    for (int64_t i = 0; i < keys; i += kLanes) {
      score_lanes(query, block + i * step, step, keys - i, a.D, static_cast<float>(a.scale), scores + i);
    }
    const float factor = softmax.step(scores, keys);
    for (int64_t d = 0; d < a.D && key > 0; ++d) y[d] *= factor;
    tile_product({.M = 1,
                  .N = a.D,
                  .K = keys,
                  .a = scores,
                  .a_row = kKeys,
                  .a_col = 1,
                  .b = a.v_cache.data + first + key * step,
                  .b_row = step,
                  .c = y,
                  .c_row = a.D,
                  .accumulate = key > 0});
  }
  for (int64_t d = 0; d < a.D; ++d) y[d] /= softmax.total;
}

}  // namespace

void run(const DecodeAttention& a) {
  const int64_t work = a.C * a.D / 4;  // of a row, about: slots are seldom full
  rows(a.R * a.H, work, [&](int64_t i) { attend(a, i / a.H, i % a.H); });
}

}  // namespace anacrusis::ANACRUSIS_ISA
