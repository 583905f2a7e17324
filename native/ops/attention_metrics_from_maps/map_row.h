// One row of a kept map: its sums, and its weights added to the column sums, in one read.
#pragma once

#include "attention_metrics_from_maps.h"
#include "math/float16.h"
#include "runtime/isa.h"
#include "runtime/sizes.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {


// Sums of a, a d and a min(d, W) over a row, d the distance to the query; d from `sink` keys on in distance.
struct Sums {
  double mass = 0, distance = 0, cut_distance = 0;
};

// w[0..n), the first of them `furthest` keys before the query and `excluded` of them sinks.
void add_piece(const float* w, int32_t n, int32_t furthest, int32_t excluded, float window, Sums& sums) {
  float mass = 0, distance = 0, cut_distance = 0;
#pragma omp simd reduction(+ : mass, distance, cut_distance)
  for (int32_t i = 0; i < n; ++i) {
    const auto d = static_cast<float>(furthest - i);
    mass += w[i];
    distance += i < excluded ? 0.0f : w[i] * d;
    cut_distance += w[i] * (d < window ? d : window);
  }
  sums.mass += mass;
  sums.distance += distance;
  sums.cut_distance += cut_distance;
}

template <class T>
const float* as_floats(const T* from, int64_t n, float* buffer) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) buffer[i] = math::to_float(from[i]);
  return buffer;
}
const float* as_floats(const float* from, int64_t, float*) { return from; }

// Keys [first, t] of query t: their sums, and their weights added to the columns in [begin, end).
template <class T>
Sums read_row(const AttentionMetricsFromMaps& a, const T* row, int64_t first, int64_t t, float* columns, int64_t begin, int64_t end) {
  constexpr int64_t kPiece = 1024;
  float buffer[kPiece];
  Sums sums;
  for (int64_t s = first; s <= t; s += kPiece) {
    const int64_t n = smaller(kPiece, t + 1 - s);
    const float* const w = as_floats(row + s, n, buffer);
    const int64_t excluded = larger(0, smaller(n, a.exclude_sink - s));
    add_piece(w, static_cast<int32_t>(n), static_cast<int32_t>(t - s), static_cast<int32_t>(excluded),
              static_cast<float>(a.window), sums);
    const int64_t from = larger(begin, s), to = smaller(end, s + n);
#pragma omp simd
    for (int64_t i = from; i < to; ++i) columns[i] += w[i - s];
  }
  return sums;
}

}  // namespace
}  // namespace anacrusis::ANACRUSIS_ISA
