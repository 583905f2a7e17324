// What both passes of attention_metrics share: which tile of which head a block has, and where that lies.
#pragma once

#include "attention_metrics.h"
#include "math/attention_metrics.h"
#include "score_tiles.cuh"

namespace anacrusis::cuda {

struct Pass {
  AttentionMetrics a;    // its host arrays replaced by copies on the device
  const int32_t* tiles;  // [S+1]: tiles before each sequence
  const int32_t* heads;  // those that the pass is for
  int64_t head_count;
  float* lse2;    // base-2 log-sum-exp of the rows, laid out as waad; given or made
  double* spans;  // sums over the rows of a tile: [tiles, H]
  bool band;      // lse2 is given: only the keys in the window are read
  bool vectors;
};

namespace {

struct Place {
  int64_t s, h, tile, local;  // tile: of all; local: of the sequence
  int64_t length, out;        // out: its first token in [H,T] or [S,H,L]
};

// The later tiles of a sequence, which see more keys, come first.
DEVICE Place place_of(const Pass& p) {
  const AttentionMetrics& a = p.a;
  Place at;
  at.h = p.heads[blockIdx.x % p.head_count];
  at.tile = p.tiles[a.S] - 1 - static_cast<int64_t>(blockIdx.x) / p.head_count;
  int64_t s = 0, behind = a.S;  // tiles[s] <= tile < tiles[behind]
  while (behind - s > 1) {
    const int64_t middle = (s + behind) / 2;
    (p.tiles[middle] <= at.tile ? s : behind) = middle;
  }
  at.s = s;
  at.local = at.tile - p.tiles[s];
  at.length = a.offsets[s + 1] - a.offsets[s];
  at.out = a.layout.index == 1 ? (s * a.H + at.h) * at.length : at.h * a.T + a.offsets[s];
  return at;
}

// Rows of head h of `heads` in q or k.
template <class T>
DEVICE HeadRows<T> head_rows(const Pass& p, const Place& at, const void* data, int64_t heads, int64_t h) {
  const AttentionMetrics& a = p.a;
  const int64_t first = a.offsets[at.s];
  const bool equal = a.layout.index == 1;
  return {static_cast<const T*>(data) + (equal ? (at.s * heads + h) * at.length : first * heads + h) * a.D,
          equal ? a.D : heads * a.D, static_cast<int32_t>(a.D), p.vectors};
}
template <class T>
DEVICE HeadRows<T> query_rows(const Pass& p, const Place& at) {
  return head_rows<T>(p, at, p.a.q.data, p.a.H, at.h);
}
template <class T>
DEVICE HeadRows<T> key_rows(const Pass& p, const Place& at) {
  return head_rows<T>(p, at, p.a.k.data, p.a.Hkv, at.h / (p.a.H / p.a.Hkv));
}

DEVICE float base2_scale(const AttentionMetrics& a) { return static_cast<float>(a.scale * math::kLog2OfE); }

DEVICE int32_t as_distance(int64_t d) { return static_cast<int32_t>(smaller(d, 0x7fffffff)); }

}  // namespace
}  // namespace anacrusis::cuda
