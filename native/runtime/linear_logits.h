// Losses over logits = hidden weight^T that are never all in memory, on the CPU.
//
// Tokens are taken in chunks. The logits of a chunk lie transposed, [V, tokens]: the rows of the weight are then the left side
// of the product as they are, tokens fill the vectors of the softmax, and the two products of the gradient take the
// chunk as it lies. Per chunk: logits and sums of tiles of kTile vocabulary rows; one coefficient row per token; then, by
// kSlab vocabulary rows that stay in the last-level cache, gradients in place, their share of dweight, and of dhidden.
//
// Order of the additions: an element of the logits is one chain over the hidden size, one of dweight over the tokens, one of
// dhidden a sum of chains over kProductDepth vocabulary rows, whatever the chunk; so results do not depend on its size. One
// chain over all of the vocabulary would round a gradient that the target makes large 150,000 times.
#pragma once

#include "float_lanes.h"
#include "math/token_log_prob.h"
#include "parallel.h"
#include "scratch.h"
#include "tile.h"

namespace anacrusis::ANACRUSIS_ISA {

constexpr int64_t kVocabularyTile = 128, kSlab = 2048, kProductDepth = 256, kHiddenColumns = 128;

// An odd number of panels.
constexpr int64_t logits_stride(int64_t width) { return (width / kPanel | 1) * kPanel; }

constexpr int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

// Tokens of the chunk, as float32.
struct TokenChunk {
  int64_t V, D, tokens, width;  // width: tokens in whole panels; those past the end have hidden 0
  int64_t stride;               // of a row of logits: an odd number of cache lines, so that columns spread over all sets
  float scale;
  float* hidden;    // [tokens, D]
  float* by_token;  // hidden^T in panels: [width / 16][D][16]
  float* by_hidden; // hidden in panels: [ceil(D / 16)][tokens][16]
  float* logits;    // [V, stride]
  float* dhidden;   // [tokens, D]
  float* sums;      // [tiles][3][width]: largest, S, W
  float* rows;      // [4][width]: math::GradientRow by field: origin, offset, constant, slope

  int64_t tiles() const { return (V + kVocabularyTile - 1) / kVocabularyTile; }
};

template <class T>
static inline void widen(const T* from, int64_t n, float* to) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store_wide(to + i, load_wide(from + i));
  for (; i < n; ++i) to[i] = math::to_float(from[i]);
}

// n elements as float32: where they are, or in memory for them.
static inline const float* widened(const float* from, int64_t, float*) { return from; }
template <class T>
static inline const float* widened(const T* from, int64_t n, float* memory) {
  widen(from, n, memory);
  return memory;
}

static inline void pack_hidden(const TokenChunk& c, bool for_weight) {
  parallel_for(c.width / kPanel, 1, [&](int64_t panel, int64_t) {
    const int64_t first = panel * kPanel, left = c.tokens - first;
    pack_panel(c.D, left < kPanel ? left : kPanel, c.hidden + first * c.D, 1, c.D,
               c.by_token + first * c.D);
  });
  if (!for_weight) return;
  parallel_for((c.D + kPanel - 1) / kPanel, 1, [&](int64_t panel, int64_t) {
    const int64_t first = panel * kPanel, left = c.D - first;
    pack_panel(c.tokens, left < kPanel ? left : kPanel, c.hidden + first, c.D, 1,
               c.by_hidden + first * c.tokens);
  });
}

// Logits of `rows` vocabulary rows by all tokens: out[rows][stride].
static inline void logits_of_tile(const TokenChunk& c, const float* weight, int64_t rows, float* out) {
  std::memset(out, 0, static_cast<size_t>(rows * c.stride) * sizeof(float));
  for (int64_t k = 0; k < c.D; k += kProductDepth) {
    Tile t{};
    t.K = c.D - k < kProductDepth ? c.D - k : kProductDepth;
    t.a = weight + k;
    t.a_row = c.D;
    t.a_k = 1;
    t.b = c.by_token + k * kPanel;
    t.b_panel = c.D * kPanel;
    t.start = t.c = out;
    t.start_row = t.c_row = c.stride;
    multiply(t, rows, c.width);
  }
}

// Softmax sums of every token over `rows` vocabulary rows, relative to the largest logit there.
static inline void sum_tile(const TokenChunk& c, const float* z, int64_t rows, float* sums) {
  using math::Lane;
  for (int64_t token = 0; token < c.width; token += kLanes) {
    const float* const column = z + token;
    Wide largest = wide(-INFINITY);
    for (int64_t r = 0; r < rows; ++r) {
      largest = Lane<Wide>::larger(load_wide(column + r * c.stride), largest);
    }
    const Wide origin = largest > -INFINITY ? largest : Wide{};
    Wide sum{}, weighted{};
    for (int64_t r = 0; r < rows; ++r) {
      const Wide u = math::softmax_exponent(load_wide(column + r * c.stride), origin, c.scale);
      const Wide e = math::exp2(u);
      sum += e;
      weighted += e * u;
    }
    store_wide(sums + token, largest);
    store_wide(sums + c.width + token, sum);
    store_wide(sums + 2 * c.width + token, weighted);
  }
}

// The sums of a token over all tiles, added in their order.
static inline math::SoftmaxSums sums_of_token(const TokenChunk& c, int64_t token) {
  math::SoftmaxSums total = math::empty_softmax_sums();
  for (int64_t tile = 0; tile < c.tiles(); ++tile) {
    const float* const s = c.sums + tile * 3 * c.width + token;
    total = math::plus(total, {s[0], s[c.width], s[2 * c.width]}, c.scale);
  }
  return total;
}

// dL/dz in place, but for the terms of the targets.
static inline void gradient_of_tile(const TokenChunk& c, float* z, int64_t rows) {
  struct WideRow {
    struct {
      Wide origin;
      float scale;
      Wide offset;
    } row;
    Wide constant, slope;
  };
  for (int64_t token = 0; token < c.width; token += kLanes) {
    const auto part = [&](int64_t field) { return load_wide(c.rows + field * c.width + token); };
    const WideRow row{{part(0), c.scale, part(1)}, part(2), part(3)};
    for (int64_t r = 0; r < rows; ++r) {
      float* const at = z + r * c.stride + token;
      store_wide(at, math::token_log_prob_gradient(load_wide(at), row));
    }
  }
}

// dweight of `rows` vocabulary rows: += dlogits^T hidden.
static inline void dweight_of_tile(const TokenChunk& c, const float* dz, int64_t rows, float* dweight) {
  for (int64_t k = 0; k < c.tokens; k += kProductDepth) {
    Tile t{};
    t.K = c.tokens - k < kProductDepth ? c.tokens - k : kProductDepth;
    t.a = dz + k;
    t.a_row = c.stride;
    t.a_k = 1;
    t.b = c.by_hidden + k * kPanel;
    t.b_panel = c.tokens * kPanel;
    t.start = t.c = dweight;
    t.start_row = t.c_row = c.D;
    multiply(t, rows, c.D);
  }
}

// `depth` rows of one panel; columns past the weight's are 0.
template <class T>
static inline void pack_weight(const T* weight, int64_t depth, int64_t columns, int64_t D, float* panel) {
  for (int64_t r = 0; r < depth; ++r, weight += D, panel += kPanel) {
    if (columns >= kPanel) {
      for (int64_t i = 0; i < kPanel; i += kLanes) store_wide(panel + i, load_wide(weight + i));
    } else {
      for (int64_t i = 0; i < kPanel; ++i) panel[i] = i < columns ? math::to_float(weight[i]) : 0.0f;
    }
  }
}

// Columns column.. of dhidden: += dlogits weight over `rows` vocabulary rows. Memory for the panels of the weight.
template <class T>
static inline void dhidden_of_slab(const TokenChunk& c, const float* dz, const T* weight, int64_t rows, int64_t column,
                                   float* memory) {
  const int64_t columns = c.D - column < kHiddenColumns ? c.D - column : kHiddenColumns;
  for (int64_t k = 0; k < rows; k += kProductDepth) {
    const int64_t depth = rows - k < kProductDepth ? rows - k : kProductDepth;
    for (int64_t j = 0; j < columns; j += kPanel) {
      pack_weight(weight + k * c.D + column + j, depth, columns - j, c.D, memory + j * depth);
    }
    Tile t{};
    t.K = depth;
    t.a = dz + k * c.stride;
    t.a_row = 1;
    t.a_k = c.stride;
    t.b = memory;
    t.b_panel = depth * kPanel;
    t.start = t.c = c.dhidden + column;
    t.start_row = t.c_row = c.D;
    t.onto = true;
    multiply(t, c.tokens, columns);
  }
}

// Logits and sums of all tiles. Keeps the logits, or only reads those of the targets.
template <class T>
static inline bool forward(const TokenChunk& c, const T* weight, const int64_t* targets, bool keep, float* target_logits) {
  bool enough = true;
  parallel_for(c.tiles(), 1, [&](int64_t tile, int64_t) {
    const int64_t first = tile * kVocabularyTile, left = c.V - first;
    const int64_t rows = left < kVocabularyTile ? left : kVocabularyTile;
    const int64_t weight_floats = std::is_same_v<T, float> ? 0 : round_up(kVocabularyTile * c.D, 16);
    float* const memory = thread_scratch(weight_floats + (keep ? 16 : kVocabularyTile * c.stride));
    if (!memory) return __atomic_store_n(&enough, false, __ATOMIC_RELAXED);
    float* const z = keep ? c.logits + first * c.stride : memory + weight_floats;
    logits_of_tile(c, widened(weight + first * c.D, rows * c.D, memory), rows, z);
    sum_tile(c, z, rows, c.sums + tile * 3 * c.width);
    for (int64_t i = 0; i < c.tokens; ++i) {
      const int64_t row = targets[i] - first;
      if (row >= 0 && row < rows) target_logits[i] = z[row * c.stride + i];
    }
  });
  return enough;
}

// What comes after the coefficient rows: gradients in place, dweight (where not null, on top of what is there),
// dhidden.
template <class T>
static inline bool backward(const TokenChunk& c, const T* weight, const int64_t* targets, const float* target_terms,
                            float* dweight) {
  bool enough = true;
  std::memset(c.dhidden, 0, static_cast<size_t>(c.tokens * c.D) * sizeof(float));
  for (int64_t slab = 0; slab < c.V; slab += kSlab) {
    const int64_t slab_rows = c.V - slab < kSlab ? c.V - slab : kSlab;
    float* const dz = c.logits + slab * c.stride;
    parallel_for((slab_rows + kVocabularyTile - 1) / kVocabularyTile, 1, [&](int64_t tile, int64_t) {
      const int64_t first = tile * kVocabularyTile, left = slab_rows - first;
      const int64_t rows = left < kVocabularyTile ? left : kVocabularyTile;
      gradient_of_tile(c, dz + first * c.stride, rows);
      for (int64_t i = 0; i < c.tokens; ++i) {
        const int64_t row = targets[i] - slab - first;
        if (row >= 0 && row < rows) dz[(first + row) * c.stride + i] += target_terms[i];
      }
      if (dweight) dweight_of_tile(c, dz + first * c.stride, rows, dweight + (slab + first) * c.D);
    });
    parallel_for((c.D + kHiddenColumns - 1) / kHiddenColumns, 1, [&](int64_t block, int64_t) {
      float* const memory = thread_scratch(kProductDepth * kHiddenColumns);
      if (!memory) return __atomic_store_n(&enough, false, __ATOMIC_RELAXED);
      dhidden_of_slab(c, dz, weight + slab * c.D, slab_rows, block * kHiddenColumns, memory);
    });
  }
  return enough;
}

}  // namespace anacrusis::ANACRUSIS_ISA
