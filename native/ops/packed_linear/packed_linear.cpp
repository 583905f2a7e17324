#include "packed_linear.h"

#include "runtime/parallel.h"
#include "runtime/tile.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kDepth = 256;  // of a pass over K: two panels of it fit a first-level cache
constexpr int64_t kRowBlock = 64, kColumnBlock = 192;
constexpr int64_t kPieceWork = 1 << 19;  // multiply-adds, about 4 us

const float kZeros[kColumnBlock + kTilePanels * kPanel] = {};

void add_bias(const Tile& t, int64_t rows, int64_t columns, const float* bias) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < columns; ++j) t.c[r * t.c_row + j] += bias[j];
  }
}

int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

}  // namespace

void run(const PackedLinear& a) {
  const int64_t across = (a.N + kColumnBlock - 1) / kColumnBlock;
  const int64_t blocks = (a.R + kRowBlock - 1) / kRowBlock * across;
  const int64_t work = least(a.R, kRowBlock) * least(a.N, kColumnBlock) * a.K;
  parallel_for(blocks, 1 + kPieceWork / (work + 1), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t row = i / across * kRowBlock, column = i % across * kColumnBlock;
      Tile t{};
      t.a_row = a.K, t.a_k = 1;
      t.b_panel = a.K * kPanel;
      t.c = a.y.data + row * a.N + column, t.c_row = a.N;
      const int64_t some_rows = least(kRowBlock, a.R - row), columns = least(kColumnBlock, a.N - column);
      if (a.accumulate) {
        if (a.bias) add_bias(t, some_rows, columns, &a.bias[column]);
        t.start = t.c, t.start_row = t.c_row;
      } else {
        t.start = a.bias ? &a.bias[column] : kZeros;
      }
      int64_t k = 0;
      do {
        t.K = least(kDepth, a.K - k);
        t.a = a.x.data + row * a.K + k;
        t.b = a.packed.data + column * a.K + k * kPanel;
        multiply(t, some_rows, columns);
        t.start = t.c, t.start_row = t.c_row;
        k += kDepth;
      } while (k < a.K);
    }
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
