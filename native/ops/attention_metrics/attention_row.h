// One row of attention: scores of consecutive keys, the last of them the query's own, to weights.
#pragma once

#include "math/attention_metrics.h"

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

float row_max(const float* scores, int64_t n, float largest) {
#pragma omp simd reduction(max : largest)
  for (int64_t i = 0; i < n; ++i) largest = scores[i] > largest ? scores[i] : largest;
  return largest;
}

// p[0..size) -> 2^(scale p - shift), whole groups that all lie at W or further from a query `furthest`
// keys after p[0]: only their mass, and their distances where they are asked for.
template <bool kDistance>
void far_weights(float* p, int32_t size, int32_t furthest, float scale, float shift, Sums& sums) {
  float mass = 0, distance = 0;
#pragma omp simd reduction(+ : mass, distance)
  for (int32_t i = 0; i < size; ++i) {
    p[i] = math::attention_weight(scale * p[i] - shift);
    mass += p[i];
    if (kDistance) distance += p[i] * static_cast<float>(furthest - i);
  }
  sums.mass += mass;
  sums.distance += distance;
}

void near_weights(float* p, int32_t size, int32_t furthest, float scale, float shift, float window,
                  Sums& sums) {
  float mass = 0, distance = 0, cut_distance = 0;
#pragma omp simd reduction(+ : mass, distance, cut_distance)
  for (int32_t i = 0; i < size; ++i) {
    const auto d = static_cast<float>(furthest - i);
    p[i] = math::attention_weight(scale * p[i] - shift);
    mass += p[i];
    distance += p[i] * d;
    cut_distance += p[i] * (d < window ? d : window);
  }
  sums.mass += mass;
  sums.distance += distance;
  sums.cut_distance += cut_distance;
}

// scores[0..n) -> p = 2^(scale * score - shift), with float32 sums of 1,024 keys at a time.
Sums to_weights(float* scores, int64_t n, float scale, float shift, int64_t window, bool distances) {
  constexpr int64_t kBlock = 1024;
  Sums sums;
  const int64_t far = n > window ? (n - window) / kGroup * kGroup : 0;
  for (int64_t begin = 0; begin < far; begin += kBlock) {
    const auto size = static_cast<int32_t>(far - begin < kBlock ? far - begin : kBlock);
    const auto furthest = static_cast<int32_t>(n - 1 - begin);
    if (distances) far_weights<true>(scores + begin, size, furthest, scale, shift, sums);
    else far_weights<false>(scores + begin, size, furthest, scale, shift, sums);
  }
  sums.cut_distance = sums.mass * static_cast<double>(window);
  for (int64_t begin = far; begin < n; begin += kBlock) {
    const auto size = static_cast<int32_t>(n - begin < kBlock ? padded(n - begin) : kBlock);
    near_weights(scores + begin, size, static_cast<int32_t>(n - 1 - begin), scale, shift,
                 static_cast<float>(window), sums);
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

constexpr int64_t kRowsAdded = 8;

// kRowsAdded rows at once, `stride` apart.
void add_rows(float* columns, const float* weights, int64_t stride, int64_t n, const float* factors) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    float sum = 0;
#pragma GCC unroll 8
    for (int64_t r = 0; r < kRowsAdded; ++r) sum += factors[r] * weights[r * stride + i];
    columns[i] += sum;
  }
}

}  // namespace
}  // namespace anacrusis::ANACRUSIS_ISA
