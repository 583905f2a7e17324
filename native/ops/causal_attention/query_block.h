// A block of queries as the attention loops hold it: one lane per (position, query head of the group),
// positions slowest, so that row-wise softmax runs down the lanes and never across them. Tiles are
// [key][lane]; a key is seen by the lanes from first_lane(key) on.
#pragma once

#include "runtime/tile_product.h"

namespace anacrusis::ANACRUSIS_ISA {

constexpr int64_t kBlockLanes = 64;  // aimed at; more only where one position has more heads
constexpr int64_t kBlockKeys = 64;

struct QueryBlock {
  int64_t token;     // of the block's first position
  int64_t position;  // of that token in its sequence
  int64_t count;     // positions
  int64_t group;     // query heads per key head

  static int64_t positions_of(int64_t group) { return group < kBlockLanes ? kBlockLanes / group : 1; }
  static int64_t most_lanes(int64_t group) { return round_up_to_lanes(positions_of(group) * group); }

  int64_t rows() const { return count * group; }
  int64_t lanes() const { return round_up_to_lanes(rows()); }
  int64_t end() const { return position + count; }
  // First lane that sees the key at this position.
  int64_t first_lane(int64_t key) const { return key <= position ? 0 : (key - position) * group; }
  // Keys that a lane sees.
  int64_t keys_of(int64_t lane) const {
    const int64_t i = lane / group;
    return position + (i < count ? i : count - 1) + 1;
  }
};

// rows[lane][D] = the heads of the block out of a [T,H,D] array; `from` is the first of them.
static inline void copy_rows(const QueryBlock& block, const float* from, int64_t step, int64_t D,
                             float* rows) {
  const int64_t width = block.group * D;
  for (int64_t i = 0; i < block.count; ++i) {
    std::memcpy(rows + i * width, from + i * step, static_cast<size_t>(width) * sizeof(float));
  }
}

// packed[d][lane] = factor * rows[lane][d]; lanes past the last row repeat it.
static inline void pack_lanes(const QueryBlock& block, const float* rows, int64_t D, float factor,
                              float* packed) {
  const int64_t lanes = block.lanes(), last = block.rows() - 1;
  for (int64_t lane = 0; lane < lanes; lane += kLanes) {
    for (int64_t d = 0; d < D; d += kLanes) {
      const int64_t height = D - d < kLanes ? D - d : kLanes;
      Lanes square[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) {
        const float* const row = rows + (lane + i < last ? lane + i : last) * D + d;
        square[i] = height == kLanes ? load(row) : load_first(row, height);
      }
      transpose(square);
      float* const out = packed + d * lanes + lane;
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) {
        if (i < height) store(out + i * lanes, factor * square[i]);
      }
    }
  }
}

// tile[key][lane] = keys[key] . packed[lane], for the lanes that see the key (and some that do not).
static inline void score_tile(const QueryBlock& block, int64_t first_key, int64_t count,
                              const float* keys, int64_t key_step, int64_t D, const float* packed,
                              float* tile) {
  const int64_t lanes = block.lanes();
  for (int64_t k = 0; k < count; k += kProductRows) {
    const int64_t lane = block.first_lane(first_key + k) / kLanes * kLanes;
    tile_product({.M = count - k < kProductRows ? count - k : kProductRows,
                  .N = lanes - lane,
                  .K = D,
                  .a = keys + k * key_step,
                  .a_row = key_step,
                  .a_col = 1,
                  .b = packed + lane,
                  .b_row = lanes,
                  .c = tile + k * lanes + lane,
                  .c_row = lanes,
                  .accumulate = false});
  }
}

}  // namespace anacrusis::ANACRUSIS_ISA
