// What one block of queries adds to the gradients: tile by tile of the keys that it sees.
#pragma once

#include <cstring>

#include "causal_attention_backward.h"
#include "math/exp.h"
#include "ops/causal_attention/query_block.h"

namespace anacrusis::ANACRUSIS_ISA {

// Working memory of one block of queries.
struct Tiles {
  float *q, *dy, *queries, *gradients, *weights, *slopes, *sums, *lse, *delta;

  static int64_t size(const CausalAttentionBackward& a) {
    return QueryBlock::most_lanes(a.H / a.Hkv) * (5 * a.D + 2 * kBlockKeys + 2);
  }
  Tiles(const CausalAttentionBackward& a, float* memory) {
    const int64_t lanes = QueryBlock::most_lanes(a.H / a.Hkv);
    q = memory;                             // [lanes][D]
    dy = q + a.D * lanes;                   // [lanes][D]
    queries = dy + a.D * lanes;             // [D][lanes]: q, scaled
    gradients = queries + a.D * lanes;      // [D][lanes]: dy
    weights = gradients + a.D * lanes;      // [keys][lanes]
    slopes = weights + kBlockKeys * lanes;  // [keys][lanes]: gradient by the scores, scaled
    sums = slopes + kBlockKeys * lanes;     // [lanes][D]: gradient by the queries
    lse = sums + a.D * lanes;               // [lanes]
    delta = lse + lanes;                    // [lanes]: dy . y
  }
};

// Gradients of the keys of one sequence and head: `step` floats from key to key.
struct KeyGradients {
  float *dk, *dv;
  int64_t step;
};

// A block of queries with what belongs to its key head.
struct Work {
  const CausalAttentionBackward& a;
  QueryBlock block;
  int64_t kv_head;
  Tiles tiles;
  KeyGradients to;

  int64_t query_offset() const { return (block.token * a.H + kv_head * block.group) * a.D; }
  int64_t query_step() const { return a.H * a.D; }
  int64_t key_step() const { return a.Hkv * a.D; }
  int64_t key_offset(int64_t key) const {
    return ((block.token - block.position + key) * a.Hkv + kv_head) * a.D;
  }
};

// delta[lane] = dy . y.
static inline void dot_outputs(const Work& w) {
  const int64_t D = w.a.D, last = w.block.rows() - 1;
  for (int64_t lane = 0; lane < w.block.lanes(); lane += kLanes) {
    Lanes sum[kLanes];
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
      const int64_t row = lane + i < last ? lane + i : last;
      const float *const y = w.tiles.sums + row * D, *const dy = w.tiles.dy + row * D;
      sum[i] = Lanes{};
      int64_t d = 0;
      for (; d + kLanes <= D; d += kLanes) sum[i] += load(y + d) * load(dy + d);
      if (d < D) sum[i] += load_first(y + d, D - d) * load_first(dy + d, D - d);
    }
    store(w.tiles.delta + lane, sum_of_each(sum));
  }
}

static inline void pack(const Work& w) {
  const CausalAttentionBackward& a = w.a;
  const int64_t offset = w.query_offset(), step = w.query_step();
  copy_rows(w.block, a.q.data + offset, step, a.D, w.tiles.q);
  copy_rows(w.block, a.dy.data + offset, step, a.D, w.tiles.dy);
  copy_rows(w.block, a.y.data + offset, step, a.D, w.tiles.sums);  // until the sums begin
  pack_lanes(w.block, w.tiles.q, a.D, static_cast<float>(a.scale), w.tiles.queries);
  pack_lanes(w.block, w.tiles.dy, a.D, 1.0f, w.tiles.gradients);
  dot_outputs(w);
  const int64_t first_head = w.kv_head * w.block.group;
  for (int64_t i = 0; i < w.block.count; ++i) {
    for (int64_t g = 0; g < w.block.group; ++g) {
      w.tiles.lse[i * w.block.group + g] = a.lse[(first_head + g) * a.T + w.block.token + i];
    }
  }
}

// P = exp(S - lse) and dS = scale * P (dP - delta), in place of S and dP; 0 where the key is not seen.
static inline void weigh(const Work& w, int64_t first_key, int64_t keys) {
  const int64_t lanes = w.block.lanes();
  const auto scale = static_cast<float>(w.a.scale);
  for (int64_t k = 0; k < keys; ++k) {
    const int64_t tile_key = k / kProductRows * kProductRows;  // score_tile began at its lanes
    const int64_t begin = w.block.first_lane(first_key + tile_key) / kLanes * kLanes;
    const int64_t seen = w.block.first_lane(first_key + k);
    float* const weight = w.tiles.weights + k * lanes;
    float* const slope = w.tiles.slopes + k * lanes;
    for (int64_t lane = begin; lane < lanes; lane += kLanes) {
      float* const p = weight + lane;
      for (int64_t i = 0; i < kLanes; ++i) p[i] = math::exp(p[i] - w.tiles.lse[lane + i]);
      const Lanes slopes = load(p) * (load(slope + lane) - load(w.tiles.delta + lane)) * scale;
      store(slope + lane, replace_first(slopes, seen - lane, 0.0f));
      if (lane < seen) store(p, replace_first(load(p), seen - lane, 0.0f));
    }
  }
}

// to[key] += sum over the queries that see it of tile[key][query] * rows[query]. The first block that
// reaches a key sets it.
static inline void add_to_keys(const Work& w, int64_t first_key, int64_t keys, const float* tile, const float* rows,
                 float* to) {
  const int64_t lanes = w.block.lanes(), fresh = w.block.position - first_key;
  for (int64_t k = 0; k < keys;) {
    const int64_t tile_end = k / kProductRows * kProductRows + kProductRows;
    const int64_t some_end = k < fresh && fresh < tile_end ? fresh : tile_end;
    const int64_t end = some_end < keys ? some_end : keys;
    const int64_t first = w.block.first_lane(first_key + k);
    tile_product({.M = end - k,
                  .N = w.a.D,
                  .K = w.block.rows() - first,
                  .a = tile + k * lanes + first,
                  .a_row = lanes,
                  .a_col = 1,
                  .b = rows + first * w.a.D,
                  .b_row = w.a.D,
                  .c = to + (first_key + k) * w.to.step,
                  .c_row = w.to.step,
                  .accumulate = k < fresh});
    k = end;
  }
}

// sums[query] += sum over the keys that it sees of dS[key][query] * k[key].
static inline void add_to_queries(const Work& w, int64_t first_key, int64_t keys) {
  const int64_t lanes = w.block.lanes(), rows = w.block.rows();
  for (int64_t row = 0; row < rows; row += kProductRows) {
    const int64_t end_row = row + kProductRows < rows ? row + kProductRows : rows;
    const int64_t visible = w.block.keys_of(end_row - 1) - first_key;
    if (visible <= 0) continue;
    tile_product({.M = end_row - row,
                  .N = w.a.D,
                  .K = visible < keys ? visible : keys,
                  .a = w.tiles.slopes + row,
                  .a_row = 1,
                  .a_col = lanes,
                  .b = w.a.k.data + w.key_offset(first_key),
                  .b_row = w.key_step(),
                  .c = w.tiles.sums + row * w.a.D,
                  .c_row = w.a.D,
                  .accumulate = first_key > 0});
  }
}

static inline void differentiate(const Work& w) {
  const CausalAttentionBackward& a = w.a;
  const int64_t end = w.block.end(), step = w.key_step();
  pack(w);
  for (int64_t key = 0; key < end; key += kBlockKeys) {
    const int64_t keys = end - key < kBlockKeys ? end - key : kBlockKeys;
    const int64_t offset = w.key_offset(key);
    score_tile(w.block, key, keys, a.k.data + offset, step, a.D, w.tiles.queries, w.tiles.weights);
    score_tile(w.block, key, keys, a.v.data + offset, step, a.D, w.tiles.gradients, w.tiles.slopes);
    weigh(w, key, keys);
    add_to_keys(w, key, keys, w.tiles.weights, w.tiles.dy, w.to.dv);
    add_to_keys(w, key, keys, w.tiles.slopes, w.tiles.q, w.to.dk);
    add_to_queries(w, key, keys);
  }
  const int64_t width = w.block.group * a.D;  // heads of a group lie side by side
  for (int64_t i = 0; i < w.block.count; ++i) {
    float* const dq = a.dq.data + w.query_offset() + i * w.query_step();
    std::memcpy(dq, w.tiles.sums + i * width, static_cast<size_t>(width) * sizeof(float));
  }
}

}  // namespace anacrusis::ANACRUSIS_ISA
