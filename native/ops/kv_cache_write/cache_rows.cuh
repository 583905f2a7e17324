// Where the rows of the cache writes go on a device, where nobody has checked their slots and positions.
#pragma once

#include "runtime/kernel.h"

namespace anacrusis::cuda {

constexpr int kCacheThreads = 128;

// The place of a row in [slots, C]; -1 when it is none.
template <class Op>
DEVICE int64_t cache_place(const Op& a, int64_t row) {
  const int32_t slot = a.slot[row], position = a.position[row];
  const bool legal = slot >= 0 && slot < a.slots && position >= 0 && position < a.C;
  return legal ? slot * a.C + position : -1;
}

// Whether a later row has the same place: the block looks through them all, so that the last one stays.
template <class Op>
DEVICE bool overwritten(const Op& a, int64_t row, int* partials) {
  const int32_t slot = a.slot[row], position = a.position[row];
  int found = 0;
  for (int64_t later = row + 1 + threadIdx.x; later < a.R; later += blockDim.x) {
    found |= a.slot[later] == slot && a.position[later] == position;
  }
  return block_max(found, partials) != 0;
}

// A block per row, as many as a grid may have.
inline LaunchShape row_blocks(int64_t rows) {
  constexpr int64_t kMostBlocks = int64_t{1} << 20;
  return {static_cast<uint32_t>(rows < kMostBlocks ? rows : kMostBlocks), kCacheThreads};
}

}  // namespace anacrusis::cuda
