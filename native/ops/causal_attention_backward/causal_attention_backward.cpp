#include "causal_attention_backward.h"

#include "math/exp.h"
#include "ops/causal_attention/query_block.h"
#include "runtime/parallel.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

// Working memory of one block of queries.
struct Tiles {
  float *queries, *gradients, *weights, *slopes, *sums, *lse, *delta;

  static int64_t size(const CausalAttentionBackward& a) {
    return QueryBlock::most_lanes(a.H / a.Hkv) * (3 * a.D + 2 * kBlockKeys + 2);
  }
  Tiles(const CausalAttentionBackward& a, float* memory) {
    const int64_t lanes = QueryBlock::most_lanes(a.H / a.Hkv);
    queries = memory;                        // [D][lanes], scaled
    gradients = queries + a.D * lanes;       // [D][lanes], of y
    weights = gradients + a.D * lanes;       // [keys][lanes]
    slopes = weights + kBlockKeys * lanes;   // [keys][lanes]: gradient by the scores, scaled
    sums = slopes + kBlockKeys * lanes;      // [lanes][D]: gradient by the queries
    lse = sums + a.D * lanes;                // [lanes]
    delta = lse + lanes;                     // [lanes]: dy . y
  }
};

// A block of queries with what belongs to its key head.
struct Work {
  const CausalAttentionBackward& a;
  QueryBlock block;
  int64_t kv_head;
  Tiles tiles;

  int64_t query_offset() const { return (block.token * a.H + kv_head * block.group) * a.D; }
  int64_t key_step() const { return a.Hkv * a.D; }
  int64_t key_offset(int64_t key) const {
    return ((block.token - block.position + key) * a.Hkv + kv_head) * a.D;
  }
};

void pack(const Work& w) {
  const CausalAttentionBackward& a = w.a;
  const HeadRows queries{a.q.data + w.query_offset(), a.H * a.D};
  const HeadRows gradients{a.dy.data + w.query_offset(), a.H * a.D};
  const HeadRows outputs{a.y.data + w.query_offset(), a.H * a.D};
  pack_lanes(w.block, queries, a.D, static_cast<float>(a.scale), w.tiles.queries);
  pack_lanes(w.block, gradients, a.D, 1.0f, w.tiles.gradients);
  for (int64_t lane = 0; lane < w.block.lanes(); ++lane) {
    w.tiles.lse[lane] = w.tiles.delta[lane] = 0.0f;
    if (lane >= w.block.rows()) continue;
    const float* const y = outputs.row(w.block, lane, a.D);
    const float* const dy = gradients.row(w.block, lane, a.D);
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t d = 0; d < a.D; ++d) sum += y[d] * dy[d];
    const int64_t head = w.kv_head * w.block.group + lane % w.block.group;
    w.tiles.delta[lane] = sum;
    w.tiles.lse[lane] = a.lse[head * a.T + w.block.token + lane / w.block.group];
  }
}

// P = exp(S - lse) and dS = scale * P (dP - delta), in place of S and dP; 0 where the key is not seen.
void weigh(const Work& w, int64_t first_key, int64_t keys) {
  const int64_t lanes = w.block.lanes();
  const auto scale = static_cast<float>(w.a.scale);
  for (int64_t k = 0; k < keys; ++k) {
    const int64_t tile_key = k / kProductRows * kProductRows;  // score_tile computed its lanes for this one
    const int64_t begin = w.block.first_lane(first_key + tile_key) / kLanes * kLanes;
    const int64_t seen = w.block.first_lane(first_key + k);
    float* const weight = w.tiles.weights + k * lanes;
    float* const slope = w.tiles.slopes + k * lanes;
    for (int64_t lane = begin; lane < lanes; lane += kLanes) {
      for (int64_t i = lane; i < lane + kLanes; ++i) {
        const float p = math::exp(weight[i] - w.tiles.lse[i]);
        weight[i] = i < seen ? 0.0f : p;
        slope[i] = i < seen ? 0.0f : p * (slope[i] - w.tiles.delta[i]) * scale;
      }
    }
  }
}

// dk[key] += sum over the queries that see it of tile[key][query] * from[query].
void add_to_keys(const Work& w, int64_t first_key, int64_t keys, const float* tile, const float* from,
                 float* to) {
  const QueryBlock& block = w.block;
  const int64_t lanes = block.lanes(), step = w.a.H * w.a.D;
  for (int64_t k = 0; k < keys; k += kProductRows) {
    const int64_t first = block.first_lane(first_key + k);
    const int64_t skipped = first / block.group;
    for (int64_t g = 0; g < block.group; ++g) {
      tile_product({.M = keys - k < kProductRows ? keys - k : kProductRows,
                    .N = w.a.D,
                    .K = block.count - skipped,
                    .a = tile + k * lanes + first + g,
                    .a_row = lanes,
                    .a_col = block.group,
                    .b = from + w.query_offset() + g * w.a.D + skipped * step,
                    .b_row = step,
                    .c = to + w.key_offset(first_key + k),
                    .c_row = w.key_step(),
                    .accumulate = true});
    }
  }
}

// sums[query] += sum over the keys that it sees of dS[key][query] * k[key].
void add_to_queries(const Work& w, int64_t first_key, int64_t keys) {
  const int64_t lanes = w.block.lanes(), rows = w.block.rows();
  for (int64_t row = 0; row < rows; row += kProductRows) {
    const int64_t end_row = row + kProductRows < rows ? row + kProductRows : rows;
    const int64_t visible = w.block.keys_of(end_row - 1) - first_key;
    if (visible <= 0) continue;
    tile_product({.M = end_row - row,
                  .N = w.a.D,
                  .K = visible < keys ? visible : keys,
                  .a = w.tiles.slopes + row,
                  .a_row = 1,
                  .a_col = lanes,
                  .b = w.a.k.data + w.key_offset(first_key),
                  .b_row = w.key_step(),
                  .c = w.tiles.sums + row * w.a.D,
                  .c_row = w.a.D,
                  .accumulate = first_key > 0});
  }
}

void differentiate(const Work& w) {
  const CausalAttentionBackward& a = w.a;
  const int64_t end = w.block.position + w.block.count, step = w.key_step();
  pack(w);
  for (int64_t key = 0; key < end; key += kBlockKeys) {
    const int64_t keys = end - key < kBlockKeys ? end - key : kBlockKeys;
    const int64_t offset = w.key_offset(key);
    score_tile(w.block, key, keys, a.k.data + offset, step, a.D, w.tiles.queries, w.tiles.weights);
    score_tile(w.block, key, keys, a.v.data + offset, step, a.D, w.tiles.gradients, w.tiles.slopes);
    weigh(w, key, keys);
    add_to_keys(w, key, keys, w.tiles.weights, a.dy.data, a.dv.data);
    add_to_keys(w, key, keys, w.tiles.slopes, a.q.data, a.dk.data);
    add_to_queries(w, key, keys);
  }
  const int64_t width = w.block.group * a.D;  // heads of a group lie side by side
  for (int64_t i = 0; i < w.block.count; ++i) {
    float* const dq = a.dq.data + w.query_offset() + i * a.H * a.D;
    std::memcpy(dq, w.tiles.sums + i * width, static_cast<size_t>(width) * sizeof(float));
  }
}

void differentiate_sequence(const CausalAttentionBackward& a, int64_t s, int64_t kv_head, Tiles tiles) {
  const int64_t group = a.H / a.Hkv, size = QueryBlock::positions_of(group);
  const int64_t first = a.offsets[s], length = a.offsets[s + 1] - first;
  for (int64_t t = first; t < first + length; ++t) {
    for (int64_t i = (t * a.Hkv + kv_head) * a.D; i < (t * a.Hkv + kv_head + 1) * a.D; ++i) {
      a.dk[i] = a.dv[i] = 0.0f;
    }
  }
  for (int64_t p = 0; p < length; p += size) {
    differentiate({a, {first + p, p, length - p < size ? length - p : size, group}, kv_head, tiles});
  }
}

}  // namespace

// One piece is some sequences of one key head, about 128 tokens: nobody else writes their gradients.
void run(const CausalAttentionBackward& a) {
  const int64_t sequences = a.T > 0 && a.S * 128 > a.T ? a.S * 128 / a.T : 1;
  const int64_t pieces = (a.S + sequences - 1) / sequences;
  bool out_of_memory = false;
  parallel_for(pieces * a.Hkv, 1, [&](int64_t begin, int64_t end) {
    float* const memory = thread_scratch(Tiles::size(a));
    if (!memory) return __atomic_store_n(&out_of_memory, true, __ATOMIC_RELAXED);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i / a.Hkv * sequences;
      const int64_t last = first + sequences < a.S ? first + sequences : a.S;
      for (int64_t s = first; s < last; ++s) differentiate_sequence(a, s, i % a.Hkv, {a, memory});
    }
  });
  if (out_of_memory) throw_out_of_memory();
}

}  // namespace anacrusis::ANACRUSIS_ISA
