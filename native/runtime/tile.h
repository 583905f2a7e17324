// The register tile under the matrix products of the CPU back end: c = start + a b for a few rows of a
// and a few panels of b, with those elements of c in registers throughout.
//
// b is packed into panels of 16 columns: panel p is [K][16], columns past the end are 0. Every element
// of c is one chain of multiply-adds over k = 0..K-1 that begins at `start`, so its bits depend neither
// on the tile that it falls in, nor on the rows beside it, nor on a cut of K, as long as the next piece
// starts at the c of the last. Measured on one
// AVX-512 core (AMD EPYC), [8000x64]x[64x192] with b packed beforehand: tiles of 8 x 32 259 GFLOP/s,
// 8 x 48 243, 6 x 64 258. All of matmul, packing included: 228 to 244; OpenBLAS 0.3.21, which took the
// core for a Haswell: 118.
#pragma once

#include "lanes.h"

namespace anacrusis::ANACRUSIS_ISA {

constexpr int kPanel = 16;  // columns, for every instruction set alike

#if defined(__AVX512F__)
constexpr int kTileRows = 8, kTilePanels = 2;
#elif defined(__AVX2__)
constexpr int kTileRows = 6, kTilePanels = 1;
#else
constexpr int kTileRows = 3, kTilePanels = 1;
#endif

struct Tile {
  int64_t K;
  const float* a;      // element (row, k) at row * a_row + k * a_k; one of the two steps is 1
  int64_t a_row, a_k;
  const float* b;      // first panel
  int64_t b_panel;     // floats from one panel to the next
  const float* start;  // row r at r * start_row; 0 repeats one row (a bias, zeros)
  int64_t start_row;
  float* c;
  int64_t c_row;
  bool onto = false;   // start is c: sum a b from 0 and add it, so that the pieces of a long sum round less
};

template <int kRows, int kPanels, bool kAlongK>
inline void multiply_tile(const Tile& t) {
  constexpr int kVectors = kPanels * kPanel / kLanes, kPerPanel = kPanel / kLanes;
  Lanes sum[kRows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      sum[r][v] = t.onto ? Lanes{} : *reinterpret_cast<const Lanes*>(t.start + r * t.start_row + v * kLanes);
    }
  }
  const int64_t a_row = kAlongK ? t.a_row : 1, a_k = kAlongK ? 1 : t.a_k;
  const float *a = t.a, *b = t.b;
  for (int64_t k = 0; k < t.K; ++k, a += a_k, b += kPanel) {
    Lanes right[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      right[v] = *reinterpret_cast<const Lanes*>(b + v / kPerPanel * t.b_panel + v % kPerPanel * kLanes);
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const Lanes left = a[r * a_row] - Lanes{};
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sum[r][v] += left * right[v];
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      Lanes* const c = reinterpret_cast<Lanes*>(t.c + r * t.c_row + v * kLanes);
      *c = t.onto ? *c + sum[r][v] : sum[r][v];
    }
  }
}

// Fewer rows than a whole tile.
template <int kRows, int kPanels, bool kAlongK>
inline void multiply_last_rows(const Tile& t, int64_t rows) {
  if constexpr (kRows > 0) {
    if (rows == kRows) return multiply_tile<kRows, kPanels, kAlongK>(t);
    multiply_last_rows<kRows - 1, kPanels, kAlongK>(t, rows);
  }
}

inline void next_rows(Tile& t) {
  t.a += kTileRows * t.a_row;
  t.start += kTileRows * t.start_row;
  t.c += kTileRows * t.c_row;
}

template <int kPanels, bool kAlongK>
inline void multiply_rows(Tile t, int64_t rows) {
  for (; rows >= kTileRows; rows -= kTileRows, next_rows(t)) {
    multiply_tile<kTileRows, kPanels, kAlongK>(t);
  }
  multiply_last_rows<kTileRows - 1, kPanels, kAlongK>(t, rows);
}

// The last panels, when they stick out over c: through a buffer of whole panels.
template <int kPanels, bool kAlongK>
inline void multiply_edge(Tile t, int64_t rows, int64_t columns) {
  constexpr int kWidth = kPanels * kPanel;
  float edge[kTileRows * kWidth] = {};
  for (; rows > 0; rows -= kTileRows, next_rows(t)) {
    const int64_t some = rows < kTileRows ? rows : kTileRows;
    for (int64_t r = 0; r < some; ++r) {
      for (int64_t j = 0; j < columns; ++j) edge[r * kWidth + j] = t.start[r * t.start_row + j];
    }
    Tile whole = t;
    whole.start = whole.c = edge;
    whole.start_row = whole.c_row = kWidth;
    multiply_rows<kPanels, kAlongK>(whole, some);
    for (int64_t r = 0; r < some; ++r) {
      for (int64_t j = 0; j < columns; ++j) t.c[r * t.c_row + j] = edge[r * kWidth + j];
    }
  }
}

template <int kPanels, bool kAlongK>
inline void multiply_panels(const Tile& t, int64_t rows, int64_t columns) {
  if (columns >= kPanels * kPanel) return multiply_rows<kPanels, kAlongK>(t, rows);
  multiply_edge<kPanels, kAlongK>(t, rows, columns);
}

template <bool kAlongK>
inline void multiply_block(Tile t, int64_t rows, int64_t columns) {
  constexpr int64_t kWidth = kTilePanels * kPanel;
  for (; columns > 0; columns -= kWidth) {
    if (columns > kPanel) multiply_panels<kTilePanels, kAlongK>(t, rows, columns);
    else multiply_panels<1, kAlongK>(t, rows, columns);
    t.b += kTilePanels * t.b_panel;
    t.c += kWidth;
    t.start += kWidth;
  }
}

// Any number of rows and columns (and the panels under them); t describes the first tile.
inline void multiply(const Tile& t, int64_t rows, int64_t columns) {
  if (t.a_k == 1) return multiply_block<true>(t, rows, columns);
  multiply_block<false>(t, rows, columns);
}

// One panel of b: element (k, j) at k * b_k + j * b_column, for j < columns <= 16.
inline void pack_panel(int64_t K, int64_t columns, const float* b, int64_t b_k, int64_t b_column,
                       float* panel) {
  if (columns < kPanel) {
    for (int64_t i = 0; i < K * kPanel; ++i) panel[i] = 0.0f;
  }
  if (b_column != 1) {
    for (int64_t j = 0; j < columns; ++j) {
      for (int64_t k = 0; k < K; ++k) panel[k * kPanel + j] = b[j * b_column + k * b_k];
    }
    return;
  }
  if (columns < kPanel) {
    for (int64_t k = 0; k < K; ++k) {
      for (int64_t j = 0; j < columns; ++j) panel[k * kPanel + j] = b[k * b_k + j];
    }
    return;
  }
  for (int64_t k = 0; k < K; ++k) {
    for (int64_t j = 0; j < kPanel; ++j) panel[k * kPanel + j] = b[k * b_k + j];
  }
}

}  // namespace anacrusis::ANACRUSIS_ISA
