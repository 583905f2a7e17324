// Scan tier: one row of categorical_sample. Sums have an order of their own, the same on both back ends:
// chunks of 64 logits, eight float64 lanes in a chunk, chunks one after the other.
#pragma once

#include "categorical_sample.h"
#include "math/exp.h"
#include "math/philox.h"

namespace anacrusis {

struct CategoricalSampleRow {
  CategoricalSample a;

  static constexpr int64_t kChunk = 64, kLanesOfSum = 8;

  struct Weights {
    float of[kChunk];
    double sum;
  };

  // exp((logit - largest) / temperature) of one chunk; zeros past the end.
  FORMULA_METHOD void weigh(const float* logits, float largest, int64_t first, Weights& w) const {
    const auto factor = static_cast<float>(1.0 / a.temperature);
    const int64_t count = a.V - first < kChunk ? a.V - first : kChunk;
    if (count == kChunk) {
      for (int64_t i = 0; i < kChunk; ++i) w.of[i] = logits[first + i];
    } else {
      for (int64_t i = 0; i < kChunk; ++i) w.of[i] = -INFINITY;
      for (int64_t i = 0; i < count; ++i) w.of[i] = logits[first + i];
    }
#pragma omp simd
    for (int64_t i = 0; i < kChunk; ++i) w.of[i] = math::exp((w.of[i] - largest) * factor);
    double lanes[kLanesOfSum] = {};
    for (int64_t i = 0; i < kChunk; i += kLanesOfSum) {
#pragma omp simd
      for (int64_t j = 0; j < kLanesOfSum; ++j) lanes[j] += static_cast<double>(w.of[i + j]);
    }
    w.sum = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
  }

  // First token at which the cumulative sum exceeds the threshold; `w` holds the last chunk.
  FORMULA_METHOD int64_t draw(const float* logits, float largest, double threshold, Weights& w) const {
    double before = 0.0;
    for (int64_t first = 0; first < a.V; first += kChunk) {
      if (a.V > kChunk) weigh(logits, largest, first, w);
      if (before + w.sum > threshold) return first + draw_in_chunk(w, threshold - before);
      before += w.sum;
    }
    return 0;  // rounding aside the threshold lies below the sum
  }

  FORMULA_METHOD int64_t draw_in_chunk(const Weights& w, double threshold) const {
    double sum = 0.0;
    int64_t last = 0;
    for (int64_t i = 0; i < kChunk; ++i) {
      if (!(w.of[i] > 0.0f)) continue;
      sum += static_cast<double>(w.of[i]);
      last = i;
      if (sum > threshold) break;
    }
    return last;
  }

  FORMULA_METHOD void operator()(int64_t row) const {
    const float* const logits = a.logits.data + row * a.V;
    float largest = -INFINITY;
#pragma omp simd reduction(max : largest)
    for (int64_t i = 0; i < a.V; ++i) largest = logits[i] > largest ? logits[i] : largest;
    Weights w;
    double total = 0.0;
    for (int64_t first = 0; first < a.V; first += kChunk) {
      weigh(logits, largest, first, w);
      total += w.sum;
    }
    if (!(total > 0.0)) {  // the CPU refuses such logits
      a.token[row] = -1;
      a.logp[row] = NAN;
      return;
    }
    int64_t token = 0;
    if (a.greedy) {
      while (token < a.V - 1 && logits[token] != largest) ++token;
    } else {
      const double unit = math::philox_sample(math::philox_key(a.seed.value), a.stream[row], a.step[row]);
      token = draw(logits, largest, unit * total, w);
    }
    a.token[row] = static_cast<int32_t>(token);
    const double score = (static_cast<double>(logits[token]) - largest) / a.temperature;
    a.logp[row] = static_cast<float>(score - ::log(total));
  }
};

}  // namespace anacrusis
