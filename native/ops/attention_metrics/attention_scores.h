// Dot products of a block of queries with packed keys, and the largest of each row on the way.
//
// Queries and keys lie as 32-bit words: one float32 element, or two bfloat16 elements that one
// instruction (vdpbf16ps) multiplies and adds. Keys are packed into panels of 16, word by word: [K][16].
#pragma once

#include <cstring>

#include "math/float16.h"
#include "runtime/tile.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kTileWidth = kTilePanels * kPanel;  // keys of a register tile

// Elements of any type as float32.
template <class T>
struct Converted {
  using Element = T;
  static int64_t words(int64_t D) { return D; }
  static void word(float* to, const T* row, int64_t i, int64_t) { *to = math::to_float(row[i]); }
  ANACRUSIS_INLINE Lanes add(Lanes sum, const float* q, Lanes keys) { return sum + broadcast(*q) * keys; }
};

#if defined(__AVX512F__)
// Pairs of bfloat16, for CPUs that have AVX512_BF16. As assembly: the rest of this build must not use it.
struct Bf16Pairs {
  using Element = Bf16;
  static int64_t words(int64_t D) { return (D + 1) / 2; }
  static void word(float* to, const Bf16* row, int64_t i, int64_t D) {
    const uint32_t zero = 0;
    std::memcpy(to, &zero, sizeof zero);
    std::memcpy(to, row + 2 * i, 2 * i + 1 < D ? sizeof(uint32_t) : sizeof(Bf16));
  }
  ANACRUSIS_INLINE Lanes add(Lanes sum, const float* q, Lanes keys) {
    asm("vdpbf16ps %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(keys), "m"(*q));
    return sum;
  }
};
#endif

struct Scores {
  int64_t K;           // words of a row
  const float* q;      // register tiles [K][kTileRows]
  const float* panels;
  float* to;           // row r, key j at r * stride + j
  int64_t stride;
  float* largest;      // [rows][kLanes] of the keys before `visible`
  int64_t visible;
};

// kTileRows queries times kTilePanels panels.
template <class Words, bool kLargest>
ANACRUSIS_INLINE void score_tile(const Scores& s, const float* q, const float* keys, float* to,
                                 float* largest) {
  constexpr int kVectors = static_cast<int>(kTileWidth) / kLanes, kPerPanel = kPanel / kLanes;
  Lanes sum[kTileRows][kVectors] = {};
  for (int64_t k = 0; k < s.K; ++k, q += kTileRows, keys += kPanel) {
    Lanes right[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      right[v] = load(keys + v / kPerPanel * s.K * kPanel + v % kPerPanel * kLanes);
    }
#pragma GCC unroll 8
    for (int r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sum[r][v] = Words::add(sum[r][v], q + r, right[v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kTileRows; ++r) {
    Lanes most = load(largest + r * kLanes);
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      store(to + r * s.stride + v * kLanes, sum[r][v]);
      if (kLargest) most = sum[r][v] > most ? sum[r][v] : most;
    }
    if (kLargest) store(largest + r * kLanes, most);
  }
}

// `columns` is a multiple of kTileWidth, `rows` one of kTileRows.
template <class Words>
void multiply_keys(const Scores& s, int64_t rows, int64_t columns) {
  for (int64_t j = 0; j < columns; j += kTileWidth) {
    const float* const keys = s.panels + j * s.K;
    for (int64_t r = 0; r < rows; r += kTileRows) {
      const float* const q = s.q + r * s.K;
      float* const to = s.to + r * s.stride + j;
      float* const largest = s.largest + r * kLanes;
      if (j + kTileWidth <= s.visible) score_tile<Words, true>(s, q, keys, to, largest);
      else score_tile<Words, false>(s, q, keys, to, largest);
    }
  }
}

// Keys [0, keys) with `step` elements from one to the next; the last tile is filled up with zeros.
template <class Words>
void pack_keys(const typename Words::Element* from, int64_t step, int64_t keys, int64_t D,
               float* panels) {
  const int64_t K = Words::words(D), whole = (keys + kTileWidth - 1) / kTileWidth * kTileWidth;
  for (int64_t first = 0; first < whole; first += kPanel) {
    for (int64_t j = 0; j < kPanel; ++j) {
      float* const panel = panels + first * K + j;
      const auto* const row = from + (first + j) * step;
      if (first + j < keys) {
        for (int64_t i = 0; i < K; ++i) Words::word(panel + i * kPanel, row, i, D);
      } else {
        for (int64_t i = 0; i < K; ++i) panel[i * kPanel] = 0.0f;
      }
    }
  }
}

// Rows [0, rows) as words, in register tiles; the last one is filled up with zeros.
template <class Words>
void pack_queries(const typename Words::Element* from, int64_t step, int64_t rows, int64_t whole,
                  int64_t D, float* q) {
  const int64_t K = Words::words(D);
  for (int64_t r = 0; r < whole; ++r) {
    float* const to = q + r / kTileRows * kTileRows * K + r % kTileRows;
    if (r < rows) {
      for (int64_t i = 0; i < K; ++i) Words::word(to + i * kTileRows, from + r * step, i, D);
    } else {
      for (int64_t i = 0; i < K; ++i) to[i * kTileRows] = 0.0f;
    }
  }
}

}  // namespace
}  // namespace anacrusis::ANACRUSIS_ISA
