#include "causal_attention.h"

#include "math/exp.h"
#include "query_block.h"
#include "runtime/parallel.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kPieceTokens = 128;

// Working memory of one block of queries.
struct Tiles {
  float *queries, *scores, *sums, *maximum, *total, *rescale;

  static int64_t size(const CausalAttention& a) {
    return QueryBlock::most_lanes(a.H / a.Hkv) * (2 * a.D + kBlockKeys + 3);
  }
  Tiles(const CausalAttention& a, float* memory) {
    const int64_t lanes = QueryBlock::most_lanes(a.H / a.Hkv);
    queries = memory;                       // [D][lanes]
    scores = queries + a.D * lanes;         // [keys][lanes]
    sums = scores + kBlockKeys * lanes;     // [lanes][D]
    maximum = sums + a.D * lanes;           // [lanes], and so the next two
    total = maximum + lanes;
    rescale = total + lanes;
  }
};

// Online softmax (2205.14135, algorithm 1): scores become exp(score - maximum so far).
void softmax_step(const QueryBlock& block, int64_t first_key, int64_t keys, const Tiles& tiles) {
  const int64_t lanes = block.lanes();
  for (int64_t k = 0; k < keys; ++k) {
    const int64_t seen = block.first_lane(first_key + k);
    for (int64_t lane = seen / kLanes * kLanes; lane < seen && lane < lanes; ++lane) {
      tiles.scores[k * lanes + lane] = -INFINITY;
    }
  }
  for (int64_t lane = 0; lane < lanes; lane += kLanes) {
    const int64_t visible = block.keys_of(lane + kLanes - 1) - first_key;
    const int64_t end = visible < keys ? visible : keys;
    float* const column = tiles.scores + lane;
    const Lanes before = load(tiles.maximum + lane);
    Lanes maximum = before;
    for (int64_t k = 0; k < end; ++k) {
      const Lanes score = load(column + k * lanes);
      maximum = score > maximum ? score : maximum;
    }
    float top[kLanes], factor[kLanes];
    store(top, maximum);
    store(factor, before - maximum);
    for (int64_t i = 0; i < kLanes; ++i) factor[i] = math::exp(factor[i]);
    Lanes total = load(tiles.total + lane) * load(factor);
    for (int64_t k = 0; k < end; ++k) {
      float* const row = column + k * lanes;
      for (int64_t i = 0; i < kLanes; ++i) row[i] = math::exp(row[i] - top[i]);
      total += load(row);
    }
    store(tiles.maximum + lane, maximum);
    store(tiles.total + lane, total);
    store(tiles.rescale + lane, load(factor));
  }
}

// sums = rescale * sums + weights V. No row touches the value of a key that it does not see, so that a
// NaN there stays there.
void add_values(const QueryBlock& block, int64_t first_key, int64_t keys, const float* values,
                int64_t value_step, int64_t D, const Tiles& tiles) {
  const int64_t lanes = block.lanes(), rows = block.rows();
  for (int64_t row = 0; row < rows && first_key > 0; ++row) {
    const float factor = tiles.rescale[row];
    if (factor == 1.0f) continue;
    for (int64_t d = 0; d < D; ++d) tiles.sums[row * D + d] *= factor;
  }
  const auto add = [&](int64_t row, int64_t end_row, int64_t key, int64_t end_key) {
    tile_product({.M = end_row - row,
                  .N = D,
                  .K = end_key - key,
                  .a = tiles.scores + key * lanes + row,
                  .a_row = 1,
                  .a_col = lanes,
                  .b = values + key * value_step,
                  .b_row = value_step,
                  .c = tiles.sums + row * D,
                  .c_row = D,
                  .accumulate = first_key + key > 0});
  };
  for (int64_t row = 0; row < rows; row += kProductRows) {
    const int64_t end_row = row + kProductRows < rows ? row + kProductRows : rows;
    const int64_t shared = block.keys_of(row) - first_key;
    const int64_t seen_by_last = block.keys_of(end_row - 1) - first_key;
    const int64_t last = seen_by_last < keys ? seen_by_last : keys;
    int64_t key = shared < keys ? shared : keys;
    if (key > 0) add(row, end_row, 0, key);
    for (key = key > 0 ? key : 0; key < last; ++key) {
      add(block.first_lane(first_key + key), end_row, key, key + 1);
    }
  }
}

void finish(const CausalAttention& a, int64_t kv_head, const QueryBlock& block, const Tiles& tiles) {
  for (int64_t row = 0; row < block.rows(); ++row) {
    const int64_t token = block.token + row / block.group;
    const int64_t head = kv_head * block.group + row % block.group;
    const float total = tiles.total[row], factor = 1.0f / total;
    float* const y = a.y.data + (token * a.H + head) * a.D;
    for (int64_t d = 0; d < a.D; ++d) y[d] = tiles.sums[row * a.D + d] * factor;
    a.lse[head * a.T + token] = tiles.maximum[row] + std::log(total);
  }
}

void attend(const CausalAttention& a, int64_t kv_head, const QueryBlock& block, const Tiles& tiles) {
  const int64_t step = a.Hkv * a.D, end = block.position + block.count;
  const int64_t first_row = (block.token - block.position) * step + kv_head * a.D;
  const float* const query = a.q.data + (block.token * a.H + kv_head * block.group) * a.D;
  pack_lanes(block, {query, a.H * a.D}, a.D, static_cast<float>(a.scale), tiles.queries);
  for (int64_t lane = 0; lane < block.lanes(); ++lane) {
    tiles.maximum[lane] = -INFINITY;
    tiles.total[lane] = 0.0f;
  }
  for (int64_t key = 0; key < end; key += kBlockKeys) {
    const int64_t keys = end - key < kBlockKeys ? end - key : kBlockKeys;
    const int64_t offset = first_row + key * step;
    score_tile(block, key, keys, a.k.data + offset, step, a.D, tiles.queries, tiles.scores);
    softmax_step(block, key, keys, tiles);
    add_values(block, key, keys, a.v.data + offset, step, a.D, tiles);
  }
  finish(a, kv_head, block, tiles);
}

// Last sequence that begins at or before the token.
int64_t sequence_of(const CausalAttention& a, int64_t token) {
  int64_t low = 0, high = a.S;
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    (a.offsets[middle] <= token ? low : high) = middle;
  }
  return low;
}

// The blocks of queries that begin in [begin, end).
void attend_from(const CausalAttention& a, int64_t kv_head, int64_t begin, int64_t end,
                 const Tiles& tiles) {
  const int64_t group = a.H / a.Hkv, size = QueryBlock::positions_of(group);
  for (int64_t s = sequence_of(a, begin); s < a.S && a.offsets[s] < end; ++s) {
    const int64_t first = a.offsets[s], length = a.offsets[s + 1] - first;
    const int64_t skipped = begin > first ? (begin - first + size - 1) / size * size : 0;
    for (int64_t p = skipped; p < length && first + p < end; p += size) {
      attend(a, kv_head, {first + p, p, length - p < size ? length - p : size, group}, tiles);
    }
  }
}

}  // namespace

void run(const CausalAttention& a) {
  const int64_t pieces = (a.T + kPieceTokens - 1) / kPieceTokens;
  bool out_of_memory = false;
  parallel_for(pieces * a.Hkv, 1, [&](int64_t begin, int64_t end) {
    float* const memory = thread_scratch(Tiles::size(a));
    if (!memory) return __atomic_store_n(&out_of_memory, true, __ATOMIC_RELAXED);
    const Tiles tiles(a, memory);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t token = i / a.Hkv * kPieceTokens;
      attend_from(a, i % a.Hkv, token, token + kPieceTokens, tiles);
    }
  });
  if (out_of_memory) throw_out_of_memory();
}

}  // namespace anacrusis::ANACRUSIS_ISA
