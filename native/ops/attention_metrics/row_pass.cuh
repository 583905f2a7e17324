// Pass 1: a block keeps queries and walks over their keys, from the diagonal outward, with an online
// softmax: log-sum-exp, WAAD and span. Tiles beyond the window need no distances of their own.
#pragma once

#include "math/log.h"
#include "pass.cuh"

namespace anacrusis::cuda {
namespace {

// Of one row, over this lane's columns; `top` is that of all of them, in base 2.
struct RowSums {
  float top = -INFINITY, mass = 0, cut = 0, distance = 0;
};

// Everything so far, after the largest score has grown to `top`. Returns what to subtract from scores.
DEVICE float rescale(RowSums& row, float top) {
  const float base = top == -INFINITY ? 0.0f : top;  // no score yet, or none that counts
  const float from = fast_exp2(row.top - base);
  row.mass *= from;
  row.cut *= from;
  row.distance *= from;
  row.top = top;
  return base;
}

// All keys are visible and at W or further. `gap`: distance of the tile's first key.
template <int kTiles>
DEVICE void add_far(RowSums& row, const float (&scores)[kTiles][4], int half, float scale, float window,
                    float gap) {
  float top = row.top;
  UNROLL
  for (int n = 0; n < kTiles; ++n) {
    UNROLL
    for (int e = 0; e < 2; ++e) {
      const float x = scores[n][2 * half + e] * scale;
      top = x > top ? x : top;
    }
  }
  const float base = rescale(row, quad_max(top));
  float mass = 0, columns = 0;
  UNROLL
  for (int n = 0; n < kTiles; ++n) {
    UNROLL
    for (int e = 0; e < 2; ++e) {
      const float p = fast_exp2(scores[n][2 * half + e] * scale - base);
      mass += p;
      columns += p * static_cast<float>(n * 8 + e);
    }
  }
  row.mass += mass;
  row.cut += window * mass;
  row.distance += (gap - static_cast<float>(column_of(0, 0))) * mass - columns;
}

struct NearTile {
  float scale;
  int32_t window, gap, sink;  // gap: distance of the tile's first key; sink: columns that are sinks
  bool band;                  // row.top is the given log-sum-exp, keys at W or further are left out
};

template <int kTiles>
DEVICE void add_near(RowSums& row, const float (&scores)[kTiles][4], int half, const NearTile& tile) {
  const auto sees = [&](int32_t d) { return d >= 0 && (!tile.band || d < tile.window); };
  float base = row.top;
  if (!tile.band) {
    float top = row.top;
    UNROLL
    for (int i = 0; i < 2 * kTiles; ++i) {
      const float x = scores[i / 2][2 * half + i % 2] * tile.scale;
      if (sees(tile.gap - column_of(i / 2, i % 2)) && x > top) top = x;
    }
    base = rescale(row, quad_max(top));
  }
  float mass = 0, cut = 0, distance = 0;
  UNROLL
  for (int i = 0; i < 2 * kTiles; ++i) {
    const int column = column_of(i / 2, i % 2);
    const int32_t d = tile.gap - column;
    if (!sees(d)) continue;
    const float p = fast_exp2(scores[i / 2][2 * half + i % 2] * tile.scale - base);
    mass += p;
    cut += p * static_cast<float>(d < tile.window ? d : tile.window);
    distance += column < tile.sink ? 0.0f : p * static_cast<float>(d);
  }
  row.mass += mass;
  row.cut += cut;
  row.distance += distance;
}

// Writes row t; returns its span.
DEVICE float finish_row(const Pass& p, const Place& at, int64_t t, RowSums& row) {
  const AttentionMetrics& a = p.a;
  row.mass = quad_sum(row.mass);
  row.cut = quad_sum(row.cut);
  row.distance = quad_sum(row.distance);
  if (threadIdx.x % 4 != 0 || t >= a.query_end[at.s]) return 0.0f;
  if (a.waad && (!a.local_heads || a.local_heads[at.h] != 0)) {
    a.waad[at.out + t] = p.band && t >= a.window
                             ? static_cast<float>(math::waad_of_part(row.mass, row.cut, static_cast<double>(a.window)))
                             : row.cut / row.mass;
  }
  if (p.band) return 0.0f;
  const double log_mass = math::log(row.mass);
  if (a.lse) a.lse[at.out + t] = static_cast<float>(row.top * math::kLnOf2 + log_mass);
  if (p.lse2) p.lse2[at.out + t] = static_cast<float>(row.top + log_mass * math::kLog2OfE);
  return row.distance / row.mass;
}

template <class T, int kD>
KERNEL_BOUNDS(kThreads, 2) row_pass(Pass p) {
  using Shape = TileShape<T, kD>;
  DYNAMIC_SHARED(T, shared);
  SHARED(double, partials, [kWarps]);
  T* const streamed = shared + Shape::kRows * Shape::kStride;
  const AttentionMetrics& a = p.a;
  const Place at = place_of(p);
  const int64_t first = a.query_begin[at.s] + at.local * Shape::kRows;
  const int64_t end = smaller(a.query_end[at.s], first + Shape::kRows);
  const HeadRows<T> queries = query_rows<T>(p, at), keys = key_rows<T>(p, at);
  const int64_t last_tile = (end - 1) / Shape::kColumns;
  const int64_t first_tile = p.band ? larger(0, first - a.window + 1) / Shape::kColumns : 0;
  const auto load_keys = [&](int64_t tile) {
    const int64_t key = tile * Shape::kColumns;
    T* const to = streamed + (last_tile - tile) % 2 * Shape::kColumns * Shape::kStride;
    load_rows<T, kD>(to, keys, key, Shape::kColumns, at.length - key);
  };

  load_rows<T, kD>(shared, queries, first, Shape::kRows, end - first);
  load_keys(last_tile);
  copy_async_commit();
  RowSums rows[2 * Shape::kSlabs];
  UNROLL
  for (int i = 0; i < 2 * Shape::kSlabs; ++i) {
    const int64_t t = first + row_of<Shape::kSlabs>(i);
    if (p.band) rows[i].top = t < end ? p.lse2[at.out + t] : 0.0f;
  }
  const float scale = base2_scale(a);
  const int32_t window = as_distance(a.window);
  typename Shape::Kept kept;
  typename Shape::Scores scores;
  for (int64_t tile = last_tile; tile >= first_tile; --tile) {
    if (tile > first_tile) load_keys(tile - 1);
    copy_async_commit();
    copy_async_wait<1>();
    sync_threads();
    if (tile == last_tile) keep_rows<T, kD>(kept, shared);
    multiply_tile<T, kD>(scores, kept, shared, streamed + (last_tile - tile) % 2 * Shape::kColumns * Shape::kStride);
    const int64_t key = tile * Shape::kColumns;
    const bool far = !p.band && first - key - Shape::kColumns + 1 >= a.window && (!a.span || key >= a.exclude_sink);
    UNROLL
    for (int i = 0; i < 2 * Shape::kSlabs; ++i) {
      const auto gap = static_cast<int32_t>(first + row_of<Shape::kSlabs>(i) - key);
      if (far) {
        add_far(rows[i], scores[i / 2], i % 2, scale, static_cast<float>(window), static_cast<float>(gap));
      } else {
        const int64_t sink = a.exclude_sink - key;
        const NearTile near{scale, window, gap, sink > 0 ? as_distance(sink) : 0, p.band};
        add_near(rows[i], scores[i / 2], i % 2, near);
      }
    }
    sync_threads();
  }

  double span = 0;
  UNROLL
  for (int i = 0; i < 2 * Shape::kSlabs; ++i) {
    span += finish_row(p, at, first + row_of<Shape::kSlabs>(i), rows[i]);
  }
  if (!p.spans) return;
  span = block_sum(span, partials);
  if (threadIdx.x == 0) p.spans[at.tile * a.H + at.h] = span;
}

}  // namespace
}  // namespace anacrusis::cuda
