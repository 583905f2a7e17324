// Rows of logits on the CPU: what the ops over a vocabulary do to one row (math/token_log_prob.h). A row depends on its
// own elements alone, so it has the same bits in any batch and in each of these ops.
//
// Blocks of 4,096 logits are summed relative to a large one of those before, in one read; only the first block and those
// that rise far above it are looked through for their largest logit beforehand. Arithmetic is the limit: 1.5 ns for 16
// logits out of a cache on one AVX-512 core (AMD EPYC), of which such a pass for every block would be half as much again.
#pragma once

#include "float_lanes.h"
#include "math/token_log_prob.h"

namespace anacrusis::ANACRUSIS_ISA {

struct BlockSums {
  float sum, weighted, largest;
};

// Vectors at a time: enough independent ones to fill the pipes.
constexpr int kTogether = 2;

// Bytes that are fetched before they are taken: what the processor fetches by itself ends at each page.
constexpr int64_t kFetched = 8192;

template <class T>
static inline BlockSums sum_block(const T* z, int64_t n, float reference, float scale) {
  using math::Lane;
  const float origin = math::origin(reference);
  Wide sum[kTogether] = {}, weighted[kTogether] = {}, largest[kTogether];
  for (Wide& v : largest) v = wide(-INFINITY);
  const auto add = [&](int k, Wide logits) __attribute__((always_inline)) {
    largest[k] = Lane<Wide>::larger(logits, largest[k]);  // passes over NaN
    const Wide u = math::softmax_exponent(logits, origin, scale);
    const Wide e = math::exp2(u);
    sum[k] += e;
    weighted[k] += e * u;
  };
  int64_t j = 0;
  for (; j + kTogether * kLanes <= n; j += kTogether * kLanes) {
    const auto ahead = reinterpret_cast<uintptr_t>(z + j) + kFetched;
    for (size_t at = 0; at < kTogether * kLanes * sizeof(T); at += 64) {
      __builtin_prefetch(reinterpret_cast<const void*>(ahead + at));
    }
    Wide logits[kTogether];
    load_two_wide(z + j, logits[0], logits[1]);
#pragma GCC unroll 2
    for (int k = 0; k < kTogether; ++k) add(k, logits[k]);
  }
  for (; j + kLanes <= n; j += kLanes) add(0, load_wide(z + j));
  if (j < n) add(0, load_wide_first(z + j, n - j, -INFINITY));
  for (int k = 1; k < kTogether; ++k) {
    sum[0] += sum[k];
    weighted[0] += weighted[k];
    largest[0] = Lane<Wide>::larger(largest[0], largest[k]);
  }
  return {sum_of(sum[0]), sum_of(weighted[0]), maximum_of(largest[0])};
}

template <class T>
static inline float largest_of(const T* z, int64_t n) {
  Wide largest[kTogether];
  for (Wide& v : largest) v = wide(-INFINITY);
  int64_t j = 0;
  for (; j + kTogether * kLanes <= n; j += kTogether * kLanes) {
#pragma GCC unroll 4
    for (int k = 0; k < kTogether; ++k) {
      largest[k] = math::Lane<Wide>::larger(load_wide(z + j + k * kLanes), largest[k]);
    }
  }
  for (; j + kLanes <= n; j += kLanes) {
    largest[0] = math::Lane<Wide>::larger(load_wide(z + j), largest[0]);
  }
  if (j < n) {
    largest[0] = math::Lane<Wide>::larger(load_wide_first(z + j, n - j, -INFINITY), largest[0]);
  }
  for (int k = 1; k < kTogether; ++k) largest[0] = math::Lane<Wide>::larger(largest[0], largest[k]);
  return maximum_of(largest[0]);
}

template <class T>
static inline math::SoftmaxSums softmax_sums(const T* z, int64_t V, float scale) {
  constexpr int64_t kBlock = 4096;
  math::SoftmaxSums sums = math::empty_softmax_sums();
  sums.reference = largest_of(z, V < kBlock ? V : kBlock);
  for (int64_t begin = 0; begin < V; begin += kBlock) {
    const int64_t n = V - begin < kBlock ? V - begin : kBlock;
    BlockSums block = sum_block(z + begin, n, sums.reference, scale);
    if (math::reference_is_too_low(sums.reference, block.largest, scale)) {
      sums = math::with_reference(sums, block.largest, scale);
      block = sum_block(z + begin, n, sums.reference, scale);
    }
    sums.sum += block.sum;
    sums.weighted += block.weighted;
  }
  return sums;
}

// dL/dz of a row; dz may be z. `target` is outside of 0..V-1 where no token was drawn.
template <class T>
static inline void gradient_of_row(const T* z, T* dz, int64_t V, int64_t target, const math::GradientRow& row) {
  const bool drawn = target >= 0 && target < V;
  const float at_target =
      drawn ? math::token_log_prob_gradient(math::to_float(z[target]), row) + row.target : 0.0f;
  int64_t j = 0;
  for (; j + 2 * kLanes <= V; j += 2 * kLanes) {
    const Wide a = load_wide(z + j), b = load_wide(z + j + kLanes);
    store_two_wide(dz + j, math::token_log_prob_gradient(a, row), math::token_log_prob_gradient(b, row));
  }
  for (; j + kLanes <= V; j += kLanes) {
    store_wide(dz + j, math::token_log_prob_gradient(load_wide(z + j), row));
  }
  if (j < V) {
    const Wide gradient = math::token_log_prob_gradient(load_wide_first(z + j, V - j, 0.0f), row);
    store_wide_first(dz + j, gradient, V - j);
  }
  if (drawn) dz[target] = math::Narrow<T>::from(at_target);
}

template <class T>
static inline void zero_row(T* dz, int64_t V) {
  std::memset(static_cast<void*>(dz), 0, static_cast<size_t>(V) * sizeof(T));
}

}  // namespace anacrusis::ANACRUSIS_ISA
