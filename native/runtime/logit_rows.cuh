// Rows of logits on a device: what the kernels over a vocabulary do to one row (math/token_log_prob.h).
//
// A team of threads takes a row: a warp up to 512 logits, so that short rows do not leave threads idle; a block of 256 up
// to 16,384; a block of 1,024 above. Of the largest blocks about one runs on a multiprocessor, so that the
// rows under way (some 130 of 300 KB) fit the second-level cache when a gradient reads them again; smaller ones fit anyway.
// Threads take chunks of 8 logits, whatever the address: 16-byte loads where the row is aligned, single ones where not (an odd
// V), with the same bits. A row depends on its own elements and V alone.
#pragma once

#include "runtime/kernel.h"
#include "math/token_log_prob.h"

namespace anacrusis::cuda {

constexpr int kChunk = 8, kWarpTeamBlock = 256;
constexpr int64_t kMostBlocks = int64_t{1} << 20;

template <int kTeam>
struct RowTeam {
  static constexpr int kThreads = kTeam;
  static constexpr bool kIsWarp = kTeam == kWarp;
  static constexpr int kBlock = kIsWarp ? kWarpTeamBlock : kTeam;
  static constexpr int kPerBlock = kBlock / kTeam;

  DEVICE_METHOD static int rank() { return static_cast<int>(threadIdx.x) % kTeam; }
  DEVICE_METHOD static int team() { return static_cast<int>(threadIdx.x) / kTeam; }
  DEVICE_METHOD static int64_t first() { return static_cast<int64_t>(blockIdx.x) * kPerBlock + team(); }
  DEVICE_METHOD static int64_t step() { return static_cast<int64_t>(gridDim.x) * kPerBlock; }
  DEVICE_METHOD static void sync() {
    if constexpr (kIsWarp) sync_warp();
    else sync_threads();
  }
  template <class F>
  DEVICE_METHOD static F sum(F value, F* partials) {
    if constexpr (kIsWarp) return warp_sum(value);
    else return block_sum(value, partials);
  }
  DEVICE_METHOD static float max(float value, float* partials) {
    if constexpr (kIsWarp) return warp_max(value);
    else return block_max(value, partials);
  }
  static LaunchShape shape(int64_t rows) {
    const int64_t blocks = (rows + kPerBlock - 1) / kPerBlock;
    return {static_cast<uint32_t>(blocks < kMostBlocks ? blocks : kMostBlocks), kBlock};
  }
};

// f(RowTeam<threads>{}) for rows of V logits.
template <class F>
void with_team(int64_t V, const F& f) {
  if (V <= 512) f(RowTeam<kWarp>{});
  else if (V <= 16384) f(RowTeam<256>{});
  else f(RowTeam<1024>{});
}

template <class T>
DEVICE bool is_aligned(const T* row) {
  return reinterpret_cast<uintptr_t>(row) % 16 == 0;
}

// Logits j..j+7 of a row of V; -inf past its end.
template <class T>
DEVICE void load_chunk(const T* row, int64_t j, int64_t V, bool aligned, float (&z)[kChunk]) {
  constexpr int kEach = 16 / sizeof(T);
  if (aligned && j + kChunk <= V) {
    UNROLL
    for (int part = 0; part < kChunk; part += kEach) {
      const auto loaded = *reinterpret_cast<const Vec<T, kEach>*>(row + j + part);
      UNROLL
      for (int i = 0; i < kEach; ++i) z[part + i] = math::to_float(loaded.v[i]);
    }
    return;
  }
  UNROLL
  for (int i = 0; i < kChunk; ++i) z[i] = j + i < V ? math::to_float(row[j + i]) : -INFINITY;
}

template <class T>
DEVICE void store_chunk(T* row, int64_t j, int64_t V, bool aligned, const float (&z)[kChunk]) {
  constexpr int kEach = 16 / sizeof(T);
  if (aligned && j + kChunk <= V) {
    UNROLL
    for (int part = 0; part < kChunk; part += kEach) {
      Vec<T, kEach> stored;
      UNROLL
      for (int i = 0; i < kEach; ++i) stored.v[i] = math::Narrow<T>::from(z[part + i]);
      *reinterpret_cast<Vec<T, kEach>*>(row + j + part) = stored;
    }
    return;
  }
  UNROLL
  for (int i = 0; i < kChunk; ++i) {
    if (j + i < V) row[j + i] = math::Narrow<T>::from(z[i]);
  }
}

// One thread's part of a row so far; as math::SoftmaxSums in float32, for some hundred logits.
struct ThreadSums {
  float reference = -INFINITY, sum = 0.0f, weighted = 0.0f;

  // The same sums relative to m.
  DEVICE_METHOD void rise_to(float m, float scale) {
    if (reference > -INFINITY) {
      const float shift = (reference - m) * scale;
      const float factor = math::exp2(math::Lane<float>::larger(math::kLeastExponent, shift));
      weighted = (weighted + math::Lane<float>::larger(math::kLeastExponent, shift) * sum) * factor;
      sum *= factor;
    }
    reference = m;
  }

  DEVICE_METHOD void add(const float (&z)[kChunk], float scale) {
    float largest = z[0];
    UNROLL
    for (int i = 1; i < kChunk; ++i) largest = math::Lane<float>::larger(z[i], largest);
    if (math::reference_is_too_low(reference, largest, scale)) rise_to(largest, scale);
    const float origin = math::origin(reference);
    UNROLL
    for (int i = 0; i < kChunk; ++i) {
      const float u = math::softmax_exponent(z[i], origin, scale), e = math::exp2(u);
      sum += e;
      weighted += e * u;
    }
  }
};

// Working memory of block_sum and block_max: one value per warp.
struct RowPartials {
  double* sums;
  float* maxima;
};

// S and W of a row, in every thread of its team.
template <class Team, class T>
DEVICE math::SoftmaxSums softmax_sums(const T* row, int64_t V, float scale, RowPartials partials) {
  const bool aligned = is_aligned(row);
  ThreadSums own;
  for (int64_t j = static_cast<int64_t>(Team::rank()) * kChunk; j < V; j += Team::kThreads * kChunk) {
    float z[kChunk];
    load_chunk(row, j, V, aligned, z);
    own.add(z, scale);
  }
  const float reference = Team::max(own.reference, partials.maxima);
  own.rise_to(reference, scale);
  const double sum = Team::sum(static_cast<double>(own.sum), partials.sums);
  return {reference, sum, Team::sum(static_cast<double>(own.weighted), partials.sums)};
}

// dL/dz in place of the logits j..j+7.
DEVICE void gradient_of_chunk(float (&chunk)[kChunk], int64_t j, int64_t target, const math::GradientRow& gradient) {
  UNROLL
  for (int i = 0; i < kChunk; ++i) {
    const float rest = math::token_log_prob_gradient(chunk[i], gradient);
    chunk[i] = j + i == target ? rest + gradient.target : rest;
  }
}

DEVICE bool is_zero(const math::GradientRow& gradient) {
  return gradient.target == 0.0f && gradient.slope == 0.0f && gradient.constant == 0.0f;
}

// dL/dz of a row by its team; dz may be z. The logit of the target has been read before.
template <class Team, class T>
DEVICE void gradient_of_row(const T* z, T* dz, int64_t V, int64_t target, const math::GradientRow& gradient) {
  const bool aligned = is_aligned(z) && is_aligned(dz);
  for (int64_t j = static_cast<int64_t>(Team::rank()) * kChunk; j < V; j += Team::kThreads * kChunk) {
    float chunk[kChunk];
    load_chunk(z, j, V, aligned, chunk);
    gradient_of_chunk(chunk, j, target, gradient);
    store_chunk(dz, j, V, aligned, chunk);
  }
}

template <class Team, class T>
DEVICE void zero_row(T* dz, int64_t V) {
  const bool aligned = is_aligned(dz);
  const float zeros[kChunk] = {};
  for (int64_t j = static_cast<int64_t>(Team::rank()) * kChunk; j < V; j += Team::kThreads * kChunk) {
    store_chunk(dz, j, V, aligned, zeros);
  }
}

}  // namespace anacrusis::cuda
