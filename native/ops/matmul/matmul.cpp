// Every cut below depends on the sizes alone. A weight gradient (transpose_a, few elements of c, long
// sums) is cut along K and its parts are added in order; everything else is cut along M and N.
#include "matmul.h"

#include "runtime/parallel.h"
#include "runtime/scratch.h"
#include "runtime/tile.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kDepth = 256;  // of a pass over K: two panels of it fit a first-level cache
constexpr int64_t kRowBlock = 64, kColumnBlock = 192;
constexpr int64_t kPackedFloats = int64_t{1} << 22;  // working memory for packed panels
constexpr int64_t kPart = 512, kMostParts = 64;      // of K, for a weight gradient
constexpr int64_t kFewBlocks = 16;
constexpr int64_t kPieceWork = 1 << 19;  // multiply-adds, about 4 us

const float kZeros[kColumnBlock + kTilePanels * kPanel] = {};

int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
int64_t parts_of(int64_t n, int64_t part) { return (n + part - 1) / part; }

float* working_memory(int64_t floats) {
  float* const memory = thread_scratch(floats + kPanel);
  if (!memory) throw_out_of_memory();
  const auto address = reinterpret_cast<uintptr_t>(memory);
  return memory + (64 - address % 64) % 64 / sizeof(float);
}

// Where a, b and c of one matrix of the batch begin, and how they are walked.
Tile tile_of(const Matmul& x, int64_t matrix) {
  Tile t{};
  t.a = x.a.data + matrix * x.M * x.K;
  t.a_row = x.transpose_a ? 1 : x.K;
  t.a_k = x.transpose_a ? x.M : 1;
  t.c = x.c.data + matrix * x.M * x.N;
  t.c_row = x.N;
  return t;
}

void pack(const Matmul& x, int64_t matrix_b, int64_t panel, int64_t k, int64_t depth, float* out) {
  const int64_t b_k = x.transpose_b ? 1 : x.N, b_column = x.transpose_b ? x.K : 1;
  const int64_t column = panel * kPanel;
  pack_panel(depth, least(kPanel, x.N - column),
             x.b.data + matrix_b * x.K * x.N + k * b_k + column * b_column, b_k, b_column, out);
}

// c = (accumulate ? c : 0) + bias, for what is then added up on top of it.
void start_from_bias(const Matmul& x) {
  rows(x.batch * x.M, x.N, [&](int64_t row) {
    float* const c = x.c.data + row * x.N;
    for (int64_t j = 0; j < x.N; ++j) c[j] = (x.accumulate ? c[j] : 0.0f) + x.bias[j];
  });
}

// One pass over k..k+depth for the matrices first..last: panels packed once, then all blocks of c.
void pass(const Matmul& x, int64_t first, int64_t last, int64_t k, int64_t depth, float* packed) {
  const int64_t panels = parts_of(x.N, kPanel), matrix_floats = panels * depth * kPanel;
  const bool shared = x.batch_b == 1;
  const int64_t packings = (shared ? 1 : last - first) * panels;
  parallel_for(packings, 1 + 16384 / (depth * kPanel + 1), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t matrix = shared ? 0 : first + i / panels;
      pack(x, matrix, i % panels, k, depth, packed + i * depth * kPanel);
    }
  });
  const int64_t row_blocks = parts_of(x.M, kRowBlock), column_blocks = parts_of(x.N, kColumnBlock);
  const int64_t work = least(x.M, kRowBlock) * least(x.N, kColumnBlock) * depth;
  const int64_t blocks = (last - first) * row_blocks * column_blocks;
  parallel_for(blocks, 1 + kPieceWork / (work + 1), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t column = i % column_blocks * kColumnBlock, rest = i / column_blocks;
      const int64_t row = rest % row_blocks * kRowBlock, matrix = rest / row_blocks;
      Tile t = tile_of(x, first + matrix);
      t.K = depth;
      t.a += row * t.a_row + k * t.a_k;
      t.b = packed + (shared ? 0 : matrix * matrix_floats) + column * depth;
      t.b_panel = depth * kPanel;
      t.c += row * t.c_row + column;
      const int64_t some_rows = least(kRowBlock, x.M - row), columns = least(kColumnBlock, x.N - column);
      const bool on_top = x.accumulate || k > 0;
      t.start = on_top ? t.c : x.bias ? &x.bias[column] : kZeros;
      t.start_row = on_top ? t.c_row : 0;
      multiply(t, some_rows, columns);
    }
  });
}

// op(a) op(b), where op(a) is [M,K] with M x N small and K long.
void by_parts_of_k(const Matmul& x, int64_t matrix) {
  const int64_t length = x.K > kPart * kMostParts ? parts_of(x.K, kMostParts) : kPart;
  const int64_t parts = parts_of(x.K, length), elements = x.M * x.N;
  float* const sums = working_memory(parts * elements);
  parallel_for(parts, 1, [&](int64_t part, int64_t) {
    alignas(64) float packed[kDepth * kTilePanels * kPanel];
    const int64_t from = part * length, to = least(from + length, x.K);
    for (int64_t k = from; k < to; k += kDepth) {
      const int64_t depth = least(kDepth, to - k);
      for (int64_t column = 0; column < x.N; column += kTilePanels * kPanel) {
        const int64_t columns = least(kTilePanels * kPanel, x.N - column);
        for (int64_t p = 0; p * kPanel < columns; ++p) {
          pack(x, x.batch_b == 1 ? 0 : matrix, column / kPanel + p, k, depth, packed + p * depth * kPanel);
        }
        Tile t = tile_of(x, matrix);
        t.K = depth;
        t.a += k * t.a_k;
        t.b = packed;
        t.b_panel = depth * kPanel;
        t.c = sums + part * elements + column;
        t.start = k == from ? kZeros : t.c;
        t.start_row = k == from ? 0 : t.c_row;
        multiply(t, x.M, columns);
      }
    }
  });
  float* const c = x.c.data + matrix * elements;
  parallel_for(elements, 16384, [&](int64_t begin, int64_t end) {
    for (int64_t part = 0; part < parts; ++part) {
      const float* const sum = sums + part * elements;
      const bool set = part == 0 && !x.accumulate;
      for (int64_t i = begin; i < end; ++i) c[i] = set ? sum[i] : c[i] + sum[i];
    }
  });
}

}  // namespace

void run(const Matmul& given) {
  Matmul x = given;
  if (x.batch * x.M * x.N == 0) return;
  const int64_t panels = parts_of(x.N, kPanel);
  const int64_t blocks = x.batch * parts_of(x.M, kRowBlock) * parts_of(x.N, kColumnBlock);
  const bool cut_k = x.transpose_a && blocks < kFewBlocks && x.K > kPart;
  if (x.bias && (x.accumulate || cut_k)) {
    start_from_bias(x);
    x.accumulate = true;
  }
  if (cut_k) {
    for (int64_t matrix = 0; matrix < x.batch; ++matrix) by_parts_of_k(x, matrix);
    return;
  }
  if (x.batch_b == 1 && !x.transpose_a) {
    x.M *= x.batch;
    x.batch = 1;
  }
  const int64_t matrix_floats = panels * kPanel * least(kDepth, x.K);
  const int64_t fit = x.batch_b == 1 ? x.batch : 1 + kPackedFloats / (matrix_floats + 1);
  float* const packed = working_memory(matrix_floats * (x.batch_b == 1 ? 1 : least(fit, x.batch)));
  for (int64_t first = 0; first < x.batch; first += fit) {
    int64_t k = 0;
    do {
      pass(x, first, least(first + fit, x.batch), k, least(kDepth, x.K - k), packed);
      k += kDepth;
    } while (k < x.K);
  }
}

}  // namespace anacrusis::ANACRUSIS_ISA
