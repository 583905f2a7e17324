// Pass 2: a block keeps keys and walks over the queries in their horizon, so that the sum over queries is an
// addition in a register: no atomics, one store per key.
#pragma once

#include "pass.cuh"

namespace anacrusis::cuda {
namespace {

// Queries [q, q + columns) against a key `gap` queries before the first of them.
struct HorizonTile {
  float scale;
  int32_t gap, h_lo, h_hi, columns;
  bool whole;  // all of them are in the horizon of every key of the block
};

template <int kTiles>
DEVICE float horizon_mass(const float (&scores)[kTiles][4], int half, const float* lse2, const HorizonTile& tile) {
  float mass = 0;
  UNROLL
  for (int n = 0; n < kTiles; ++n) {
    UNROLL
    for (int e = 0; e < 2; ++e) {
      const int column = column_of(n, e);
      const int32_t d = tile.gap + column;
      if (!tile.whole && (d < tile.h_lo || d > tile.h_hi || column >= tile.columns)) continue;
      mass += fast_exp2(scores[n][2 * half + e] * tile.scale - lse2[column]);
    }
  }
  return mass;
}

// Writes the key from this lane's part of its sum.
DEVICE void finish_key(const Pass& p, const Place& at, int64_t key, int64_t last, float mass) {
  const AttentionMetrics& a = p.a;
  const float sum = quad_sum(mass);
  if (threadIdx.x % 4 != 0 || key > last) return;
  const int64_t count = math::horizon_size(key, a.h_lo, a.h_hi, a.query_begin[at.s], a.query_end[at.s]);
  a.fai[at.out + key] = count > 0 ? sum / static_cast<float>(count) : 0.0f;
}

template <class T, int kD>
KERNEL_BOUNDS(kThreads, 2) column_pass(Pass p) {
  using Shape = TileShape<T, kD>;
  DYNAMIC_SHARED(T, shared);
  T* const streamed = shared + Shape::kRows * Shape::kStride;
  float* const lse2 = reinterpret_cast<float*>(streamed + 2 * Shape::kColumns * Shape::kStride);
  const AttentionMetrics& a = p.a;
  const Place at = place_of(p);
  const int64_t query_begin = a.query_begin[at.s], query_end = a.query_end[at.s];
  const int64_t nearest = larger(0, query_begin - a.h_hi);  // first key with a query
  const int64_t first = nearest + at.local * Shape::kRows, stop = query_end - a.h_lo;
  const int64_t last = smaller(stop, first + Shape::kRows) - 1;  // key
  const int64_t begin = larger(first + a.h_lo, query_begin);
  const int64_t end = smaller(last + a.h_hi + 1, query_end);
  const HeadRows<T> queries = query_rows<T>(p, at), keys = key_rows<T>(p, at);
  const auto load_queries = [&](int64_t q) {
    const int64_t slot = (q - begin) / Shape::kColumns % 2;
    load_rows<T, kD>(streamed + slot * Shape::kColumns * Shape::kStride, queries, q, Shape::kColumns, end - q);
    for (int i = static_cast<int>(threadIdx.x); i < Shape::kColumns; i += kThreads) {
      const bool there = q + i < end;
      copy_async<4>(lse2 + slot * Shape::kColumns + i, p.lse2 + at.out + (there ? q + i : q), there);
    }
  };

  load_rows<T, kD>(shared, keys, first, Shape::kRows, last + 1 - first);
  load_queries(begin);
  copy_async_commit();
  const float scale = base2_scale(a);
  const int32_t h_lo = as_distance(a.h_lo), h_hi = as_distance(a.h_hi);
  float mass[2 * Shape::kSlabs] = {};
  typename Shape::Kept kept;
  typename Shape::Scores scores;
  for (int64_t q = begin; q < end; q += Shape::kColumns) {
    const int64_t slot = (q - begin) / Shape::kColumns % 2;
    if (q + Shape::kColumns < end) load_queries(q + Shape::kColumns);
    copy_async_commit();
    copy_async_wait<1>();
    sync_threads();
    if (q == begin) keep_rows<T, kD>(kept, shared);
    multiply_tile<T, kD>(scores, kept, shared, streamed + slot * Shape::kColumns * Shape::kStride);
    const bool whole = q + Shape::kColumns <= end && q - (first + Shape::kRows - 1) >= a.h_lo &&
                       q + Shape::kColumns - 1 - first <= a.h_hi;
    UNROLL
    for (int i = 0; i < 2 * Shape::kSlabs; ++i) {
      const auto gap = static_cast<int32_t>(q - first - row_of<Shape::kSlabs>(i));
      const HorizonTile tile{scale, gap, h_lo, h_hi, as_distance(end - q), whole};
      mass[i] += horizon_mass(scores[i / 2], i % 2, lse2 + slot * Shape::kColumns, tile);
    }
    sync_threads();
  }
  UNROLL
  for (int i = 0; i < 2 * Shape::kSlabs; ++i) finish_key(p, at, first + row_of<Shape::kSlabs>(i), last, mass[i]);
}

}  // namespace
}  // namespace anacrusis::cuda
