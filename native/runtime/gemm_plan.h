// How c is cut into tiles, for the tiled kernels.
#pragma once

#include "gemm_operand.h"

namespace anacrusis::cuda {

constexpr int64_t kGroup = 8;  // tile rows that are walked together: their a and b stay in the L2 cache

inline int64_t tiles_along(int64_t n, int64_t tile) { return (n + tile - 1) / tile; }

inline uint32_t grid_of(int64_t blocks) {
  constexpr int64_t kMost = int64_t{1} << 20;
  return static_cast<uint32_t>(smaller(blocks, kMost));
}

// How the tiles lie and which part of K a block takes.
struct Plan {
  int64_t rows, columns, parts, part_length;  // of tiles; parts of K

  FORMULA_METHOD int64_t tiles() const { return rows * columns; }
};

struct TileAt {
  int64_t matrix, part, row, column;
};

// Column by column within groups of kGroup tile rows.
DEVICE TileAt tile_at(const Plan& plan, int64_t index) {
  const int64_t tile = index % plan.tiles(), rest = index / plan.tiles();
  const int64_t group = tile / (kGroup * plan.columns) * kGroup, within = tile % (kGroup * plan.columns);
  const int64_t rows = smaller(plan.rows - group, kGroup);
  return {rest / plan.parts, rest % plan.parts, group + within % rows, within / rows};
}

// Rows of kTile sums of products in shared memory, kStagePitch apart: the place of several of c's rows while
// they are finished in a loop, which unrolled over a thread's registers would be most of a kernel's code.
template <int kTile>
constexpr int kStagePitch = kTile + 8;

// kRows such rows to c from column `first_column` on; row_of(r) is the row that r holds.
template <int kRows, int kTile, int kThreads, class F>
DEVICE void store_stage(const Gemm& g, void* c, int64_t matrix, int64_t first_column, const float* stage,
                        int thread, const F& row_of) {
  static_assert(kRows * kTile % kThreads == 0);
  NO_UNROLL
  for (int i = thread; i < kRows * kTile; i += kThreads) {
    const int64_t row = row_of(i / kTile), column = first_column + i % kTile;
    if (row >= g.M || column >= g.N) continue;
    store_product(g, c, matrix, row, column, stage[i / kTile * kStagePitch<kTile> + i % kTile]);
  }
}

// 16-bit operands, tiles of 128 x 128 (gemm_tensor_core.cu).
void tensor_core_tiles(const Stream&, const Gemm&, const Plan&, const void* a, const void* b, void* c);

}  // namespace anacrusis::cuda
