// Small matrix products on the calling thread, where packing or a BLAS call costs more than it computes:
// tiles of attention, some tens of rows and columns. Every element sums over k in order, whatever its
// place in the tile, so a row has the same bits in any batch.
#pragma once

#include "lanes.h"

namespace anacrusis::ANACRUSIS_ISA {

// C[M,N] = A[M,K] B[K,N], or added to C; element (m, k) of A is a[m * a_row + k * a_col].
struct TileProduct {
  int64_t M, N, K;
  const float* a;
  int64_t a_row, a_col;
  const float* b;
  int64_t b_row;
  float* c;
  int64_t c_row;
  bool accumulate;
  // Stairs: `more` further k, of which k = K + i reaches only the rows from skip + i * rise on. The
  // others do not even multiply by 0, so a NaN does not get there.
  int64_t more = 0, skip = 0, rise = 0;
};

#if defined(__AVX512F__)
constexpr int kProductRows = 8;  // 16 of 32 registers hold sums
#else
constexpr int kProductRows = 4;  // 8 of 16
#endif
constexpr int kProductVectors = 2;

// kRows rows by kVectors vectors; with kPart the (only) vector has just `width` columns.
template <int kRows, int kVectors, bool kPart>
ANACRUSIS_INLINE void product_registers(const TileProduct& p, int64_t m, int64_t n, int64_t width) {
  const float* a = p.a + m * p.a_row;
  const float* b = p.b + n;
  float* const c = p.c + m * p.c_row + n;
  Lanes sum[kRows][kVectors], row[kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      const float* const from = c + r * p.c_row + v * kLanes;
      sum[r][v] = !p.accumulate ? Lanes{} : kPart ? load_first(from, width) : load(from);
    }
  }
  const auto load_row = [&] {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      row[v] = kPart ? load_first(b + v * kLanes, width) : load(b + v * kLanes);
    }
  };
  const auto add = [&](int r) {
    const Lanes factor = broadcast(a[r * p.a_row]);
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sum[r][v] += factor * row[v];
  };
  for (int64_t k = 0; k < p.K; ++k, a += p.a_col, b += p.b_row) {
    load_row();
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) add(r);
  }
  for (int64_t i = 0; i < p.more; ++i, a += p.a_col, b += p.b_row) {
    const int64_t first = p.skip + i * p.rise - m;
    load_row();
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      if (r >= first) add(r);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      float* const to = c + r * p.c_row + v * kLanes;
      if (kPart) store_first(to, sum[r][v], width);
      else store(to, sum[r][v]);
    }
  }
}

template <int kVectors, bool kPart>
static void product_columns(const TileProduct& p, int64_t n, int64_t width) {
  int64_t m = 0;
  for (; m + kProductRows <= p.M; m += kProductRows) {
    product_registers<kProductRows, kVectors, kPart>(p, m, n, width);
  }
  if (kProductRows == 8 && m + 4 <= p.M) {
    product_registers<4, kVectors, kPart>(p, m, n, width);
    m += 4;
  }
  if (m + 2 <= p.M) {
    product_registers<2, kVectors, kPart>(p, m, n, width);
    m += 2;
  }
  if (m < p.M) product_registers<1, kVectors, kPart>(p, m, n, width);
}

static inline void tile_product(const TileProduct& p) {
  constexpr int64_t kWidth = kProductVectors * kLanes;
  int64_t n = 0;
  for (; n + kWidth <= p.N; n += kWidth) product_columns<kProductVectors, false>(p, n, kWidth);
  if (n + kLanes <= p.N) {
    product_columns<1, false>(p, n, kLanes);
    n += kLanes;
  }
  if (n < p.N) product_columns<1, true>(p, n, p.N - n);
}

}  // namespace anacrusis::ANACRUSIS_ISA
