// One row of attention: scores of consecutive keys, the last of them the query's own, to weights.
#pragma once

#include "math/exp.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kGroup = 16;

// Rows are padded to whole groups with scores of weight 0: no remainder loops.
constexpr int64_t padded(int64_t n) { return (n + kGroup - 1) / kGroup * kGroup; }

void pad(float* scores, int64_t n) {
  for (int64_t i = n; i < padded(n); ++i) scores[i] = -INFINITY;
}

// Sums of p, p d and p min(d, W) over the keys of a row, d the distance to the query.
struct Sums {
  double mass = 0, distance = 0, cut_distance = 0;
};

float row_max(const float* scores, int64_t n) {
  float largest = -INFINITY;
#pragma omp simd reduction(max : largest)
  for (int64_t i = 0; i < padded(n); ++i) largest = scores[i] > largest ? scores[i] : largest;
  return largest;
}

// scores[0..n) -> p = exp(scale * score - shift), with float32 sums of 1,024 keys at a time.
Sums to_weights(float* scores, int64_t n, float scale, float shift, float window) {
  Sums sums;
  constexpr int64_t kBlock = 1024;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const auto size = static_cast<int32_t>(n - begin < kBlock ? padded(n - begin) : kBlock);
    const auto furthest = static_cast<int32_t>(n - 1 - begin);
    float* const p = scores + begin;
    float mass = 0, distance = 0, cut_distance = 0;
#pragma omp simd reduction(+ : mass, distance, cut_distance)
    for (int32_t i = 0; i < size; ++i) {
      const auto d = static_cast<float>(furthest - i);
      p[i] = math::exp(scale * p[i] - shift);
      mass += p[i];
      distance += p[i] * d;
      cut_distance += p[i] * (d < window ? d : window);
    }
    sums.mass += mass;
    sums.distance += distance;
    sums.cut_distance += cut_distance;
  }
  return sums;
}

// The same distances, of weights [begin, n) alone.
double distance_from(const float* weights, int64_t begin, int64_t n) {
  double distance = 0;
  for (int64_t i = begin; i < n; ++i) distance += weights[i] * static_cast<double>(n - 1 - i);
  return distance;
}

void add_weights(float* columns, const float* weights, int64_t n, float factor) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) columns[i] += factor * weights[i];
}

}  // namespace
}  // namespace anacrusis::ANACRUSIS_ISA
