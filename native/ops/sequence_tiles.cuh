// Packed sequences on a device: cut into tiles of at most kTileTokens tokens, none across two sequences, one warp
// each. The cut follows the sequence alone and the partial sums of tiles meet in math/exact_sum.h, so results do
// not depend on what else is in the batch. Why one warp: responses of 30 to 1,000 tokens fill one and many are there;
// a long sequence spreads over as many warps as it has tiles.
#pragma once

#include <vector>

#include "math/aggregation.h"
#include "runtime/kernel.h"
#include "runtime/view.h"

namespace anacrusis::cuda {

constexpr int32_t kTileTokens = 1024;
constexpr int kTileBlock = 256;

struct SequenceTile {
  int64_t begin;   // first token
  int32_t tokens;  // > 0
  int32_t first;   // first tile of the same sequence
  int32_t tiles;   // tiles of the same sequence
};

inline std::vector<SequenceTile> sequence_tiles(View<const int32_t> offsets, int64_t S) {
  std::vector<SequenceTile> tiles;
  for (int64_t s = 0; s < S; ++s) {
    const int64_t begin = offsets[s], tokens = offsets[s + 1] - begin;
    const auto first = static_cast<int32_t>(tiles.size());
    const auto count = static_cast<int32_t>((tokens + kTileTokens - 1) / kTileTokens);
    for (int64_t at = 0; at < tokens; at += kTileTokens) {
      const int64_t left = tokens - at;
      const auto here = static_cast<int32_t>(left < kTileTokens ? left : kTileTokens);
      tiles.push_back({begin + at, here, first, count});
    }
  }
  return tiles;
}

// Launch shape of one warp per tile.
inline LaunchShape tile_shape(int64_t tiles) {
  constexpr int64_t kWarps = kTileBlock / kWarp;
  return {static_cast<uint32_t>((tiles + kWarps - 1) / kWarps), kTileBlock};
}

// This warp's tile; may be past the last one.
DEVICE int64_t warp_tile() {
  return (static_cast<int64_t>(blockIdx.x) * kTileBlock + threadIdx.x) / kWarp;
}

// Unmasked tokens of each tile.
KERNEL count_tile_tokens(const SequenceTile* tiles, int64_t n, const uint8_t* mask,
                         int32_t* counts) {
  const int64_t at = warp_tile();
  if (at >= n) return;
  const SequenceTile tile = tiles[at];
  int32_t ones = 0;
  for (int32_t i = threadIdx.x % kWarp; i < tile.tokens; i += kWarp) {
    ones += mask[tile.begin + i] != 0;
  }
  ones = warp_sum(ones);
  if (threadIdx.x % kWarp == 0) counts[at] = ones;
}

// Sum of values[] over the tiles of the tile's sequence, in every lane.
template <class Sum, class T>
DEVICE Sum sequence_sum(const SequenceTile& tile, const T* values) {
  Sum sum = 0;
  for (int32_t i = threadIdx.x % kWarp; i < tile.tiles; i += kWarp) sum += values[tile.first + i];
  return warp_sum(sum);
}

}  // namespace anacrusis::cuda
