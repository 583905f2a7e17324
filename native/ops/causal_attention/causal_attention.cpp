#include "causal_attention.h"

#include "math/exp.h"
#include "math/log.h"
#include "query_block.h"
#include "runtime/parallel.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kPieceTokens = 128;

// Working memory of one block of queries.
struct Tiles {
  float *rows, *queries, *scores, *sums, *maximum, *total, *rescale;

  static int64_t size(const CausalAttention& a) {
    return QueryBlock::most_lanes(a.H / a.Hkv) * (3 * a.D + kBlockKeys + 3);
  }
  Tiles(const CausalAttention& a, float* memory) {
    const int64_t lanes = QueryBlock::most_lanes(a.H / a.Hkv);
    rows = memory;                       // [lanes][D]
    queries = rows + a.D * lanes;        // [D][lanes], scaled
    scores = queries + a.D * lanes;      // [keys][lanes]
    sums = scores + kBlockKeys * lanes;  // [lanes][D]
    maximum = sums + a.D * lanes;        // [lanes], and so the next two
    total = maximum + lanes;
    rescale = total + lanes;
  }
};

// Online softmax (2205.14135, algorithm 1): scores become exp(score - maximum so far).
void softmax_step(const QueryBlock& block, int64_t first_key, int64_t keys, const Tiles& tiles) {
  const int64_t lanes = block.lanes();
  for (int64_t lane = 0; lane < lanes; lane += kLanes) {
    const int64_t by_all = block.keys_of(lane) - first_key;
    const int64_t by_one = block.keys_of(lane + kLanes - 1) - first_key;
    const int64_t end = by_one < keys ? by_one : keys;
    float* const column = tiles.scores + lane;
    const Lanes before = load(tiles.maximum + lane);
    Lanes maximum = before;
    for (int64_t k = 0; k < end; ++k) {
      Lanes score = load(column + k * lanes);
      if (k >= by_all) {
        score = replace_first(score, block.first_lane(first_key + k) - lane, -INFINITY);
        store(column + k * lanes, score);
      }
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
  const auto within = [&](int64_t key) { return key < 0 ? 0 : key < keys ? key : keys; };
  for (int64_t row = 0; row < rows; row += kProductRows) {
    const int64_t count = rows - row < kProductRows ? rows - row : kProductRows;
    const int64_t by_all = within(block.keys_of(row) - first_key);
    const int64_t by_one = within(block.keys_of(row + count - 1) - first_key);
    tile_product({.M = count,
                  .N = D,
                  .K = by_all,
                  .a = tiles.scores + row,
                  .a_row = 1,
                  .a_col = lanes,
                  .b = values,
                  .b_row = value_step,
                  .c = tiles.sums + row * D,
                  .c_row = D,
                  .accumulate = first_key > 0,
                  .more = by_one - by_all,
                  .skip = block.first_lane(first_key + by_all) - row,
                  .rise = block.group});
  }
}

void finish(const CausalAttention& a, int64_t kv_head, const QueryBlock& block, const Tiles& tiles) {
  float* const lse = tiles.rescale;
  for (int64_t i = 0; i < block.lanes(); ++i) lse[i] = tiles.maximum[i] + math::log(tiles.total[i]);
  int64_t row = 0;
  for (int64_t token = block.token; token < block.token + block.count; ++token) {
    const int64_t first_head = kv_head * block.group;
    for (int64_t head = first_head; head < first_head + block.group; ++head, ++row) {
      const float factor = 1.0f / tiles.total[row];
      float* const y = a.y.data + (token * a.H + head) * a.D;
#pragma omp simd
      for (int64_t d = 0; d < a.D; ++d) y[d] = tiles.sums[row * a.D + d] * factor;
      a.lse[head * a.T + token] = lse[row];
    }
  }
}

void attend(const CausalAttention& a, int64_t kv_head, const QueryBlock& block, const Tiles& tiles) {
  const int64_t step = a.Hkv * a.D;
  const int64_t first_row = (block.token - block.position) * step + kv_head * a.D;
  const float* const query = a.q.data + (block.token * a.H + kv_head * block.group) * a.D;
  copy_rows(block, query, a.H * a.D, a.D, tiles.rows);
  pack_lanes(block, tiles.rows, a.D, static_cast<float>(a.scale), tiles.queries);
  for (int64_t lane = 0; lane < block.lanes(); ++lane) {
    tiles.maximum[lane] = -INFINITY;
    tiles.total[lane] = 0.0f;
  }
  for (int64_t key = 0; key < block.end(); key += kBlockKeys) {
    const int64_t keys = block.end() - key < kBlockKeys ? block.end() - key : kBlockKeys;
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
