#include "causal_attention_backward.h"

#include <cmath>
#include <cstring>

#include "math/exp.h"
#include "ops/causal_attention/query_block.h"
#include "runtime/parallel.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

// Working memory of one block of queries.
struct Tiles {
  float *q, *dy, *queries, *gradients, *weights, *slopes, *sums, *lse, *delta;

  static int64_t size(const CausalAttentionBackward& a) {
    return QueryBlock::most_lanes(a.H / a.Hkv) * (5 * a.D + 2 * kBlockKeys + 2);
  }
  Tiles(const CausalAttentionBackward& a, float* memory) {
    const int64_t lanes = QueryBlock::most_lanes(a.H / a.Hkv);
    q = memory;                             // [lanes][D]
    dy = q + a.D * lanes;                   // [lanes][D]
    queries = dy + a.D * lanes;             // [D][lanes]: q, scaled
    gradients = queries + a.D * lanes;      // [D][lanes]: dy
    weights = gradients + a.D * lanes;      // [keys][lanes]
    slopes = weights + kBlockKeys * lanes;  // [keys][lanes]: gradient by the scores, scaled
    sums = slopes + kBlockKeys * lanes;     // [lanes][D]: gradient by the queries
    lse = sums + a.D * lanes;               // [lanes]
    delta = lse + lanes;                    // [lanes]: dy . y
  }
};

// Gradients of the keys of one sequence and head: `step` floats from key to key.
struct KeyGradients {
  float *dk, *dv;
  int64_t step;
};

// A block of queries with what belongs to its key head.
struct Work {
  const CausalAttentionBackward& a;
  QueryBlock block;
  int64_t kv_head;
  Tiles tiles;
  KeyGradients to;

  int64_t query_offset() const { return (block.token * a.H + kv_head * block.group) * a.D; }
  int64_t query_step() const { return a.H * a.D; }
  int64_t key_step() const { return a.Hkv * a.D; }
  int64_t key_offset(int64_t key) const {
    return ((block.token - block.position + key) * a.Hkv + kv_head) * a.D;
  }
};

// delta[lane] = dy . y.
void dot_outputs(const Work& w) {
  const int64_t D = w.a.D, last = w.block.rows() - 1;
  for (int64_t lane = 0; lane < w.block.lanes(); lane += kLanes) {
    Lanes sum[kLanes];
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
      const int64_t row = lane + i < last ? lane + i : last;
      const float *const y = w.tiles.sums + row * D, *const dy = w.tiles.dy + row * D;
      sum[i] = Lanes{};
      int64_t d = 0;
      for (; d + kLanes <= D; d += kLanes) sum[i] += load(y + d) * load(dy + d);
      if (d < D) sum[i] += load_first(y + d, D - d) * load_first(dy + d, D - d);
    }
    store(w.tiles.delta + lane, sum_of_each(sum));
  }
}

void pack(const Work& w) {
  const CausalAttentionBackward& a = w.a;
  const int64_t offset = w.query_offset(), step = w.query_step();
  copy_rows(w.block, a.q.data + offset, step, a.D, w.tiles.q);
  copy_rows(w.block, a.dy.data + offset, step, a.D, w.tiles.dy);
  copy_rows(w.block, a.y.data + offset, step, a.D, w.tiles.sums);  // until the sums begin
  pack_lanes(w.block, w.tiles.q, a.D, static_cast<float>(a.scale), w.tiles.queries);
  pack_lanes(w.block, w.tiles.dy, a.D, 1.0f, w.tiles.gradients);
  dot_outputs(w);
  const int64_t first_head = w.kv_head * w.block.group;
  for (int64_t i = 0; i < w.block.count; ++i) {
    for (int64_t g = 0; g < w.block.group; ++g) {
      w.tiles.lse[i * w.block.group + g] = a.lse[(first_head + g) * a.T + w.block.token + i];
    }
  }
}

// P = exp(S - lse) and dS = scale * P (dP - delta), in place of S and dP; 0 where the key is not seen.
void weigh(const Work& w, int64_t first_key, int64_t keys) {
  const int64_t lanes = w.block.lanes();
  const auto scale = static_cast<float>(w.a.scale);
  for (int64_t k = 0; k < keys; ++k) {
    const int64_t tile_key = k / kProductRows * kProductRows;  // score_tile began at its lanes
    const int64_t begin = w.block.first_lane(first_key + tile_key) / kLanes * kLanes;
    const int64_t seen = w.block.first_lane(first_key + k);
    float* const weight = w.tiles.weights + k * lanes;
    float* const slope = w.tiles.slopes + k * lanes;
    for (int64_t lane = begin; lane < lanes; lane += kLanes) {
      float* const p = weight + lane;
      for (int64_t i = 0; i < kLanes; ++i) p[i] = math::exp(p[i] - w.tiles.lse[lane + i]);
      const Lanes slopes = load(p) * (load(slope + lane) - load(w.tiles.delta + lane)) * scale;
      store(slope + lane, replace_first(slopes, seen - lane, 0.0f));
      if (lane < seen) store(p, replace_first(load(p), seen - lane, 0.0f));
    }
  }
}

// to[key] += sum over the queries that see it of tile[key][query] * rows[query]. The first block that
// reaches a key sets it.
void add_to_keys(const Work& w, int64_t first_key, int64_t keys, const float* tile, const float* rows,
                 float* to) {
  const int64_t lanes = w.block.lanes(), fresh = w.block.position - first_key;
  for (int64_t k = 0; k < keys;) {
    const int64_t tile_end = k / kProductRows * kProductRows + kProductRows;
    const int64_t some_end = k < fresh && fresh < tile_end ? fresh : tile_end;
    const int64_t end = some_end < keys ? some_end : keys;
    const int64_t first = w.block.first_lane(first_key + k);
    tile_product({.M = end - k,
                  .N = w.a.D,
                  .K = w.block.rows() - first,
                  .a = tile + k * lanes + first,
                  .a_row = lanes,
                  .a_col = 1,
                  .b = rows + first * w.a.D,
                  .b_row = w.a.D,
                  .c = to + (first_key + k) * w.to.step,
                  .c_row = w.to.step,
                  .accumulate = k < fresh});
    k = end;
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
  const int64_t end = w.block.end(), step = w.key_step();
  pack(w);
  for (int64_t key = 0; key < end; key += kBlockKeys) {
    const int64_t keys = end - key < kBlockKeys ? end - key : kBlockKeys;
    const int64_t offset = w.key_offset(key);
    score_tile(w.block, key, keys, a.k.data + offset, step, a.D, w.tiles.queries, w.tiles.weights);
    score_tile(w.block, key, keys, a.v.data + offset, step, a.D, w.tiles.gradients, w.tiles.slopes);
    weigh(w, key, keys);
    add_to_keys(w, key, keys, w.tiles.weights, w.tiles.dy, w.to.dv);
    add_to_keys(w, key, keys, w.tiles.slopes, w.tiles.q, w.to.dk);
    add_to_queries(w, key, keys);
  }
  const int64_t width = w.block.group * a.D;  // heads of a group lie side by side
  for (int64_t i = 0; i < w.block.count; ++i) {
    float* const dq = a.dq.data + w.query_offset() + i * w.query_step();
    std::memcpy(dq, w.tiles.sums + i * width, static_cast<size_t>(width) * sizeof(float));
  }
}

// The gradients of one key head are made by one thread, and for few long sequences by several, each with a
// part of the queries: part 0 writes where they belong, the others into working memory, which is added in order.
struct Cut {
  const CausalAttentionBackward& a;
  int64_t sequences;  // of one piece, about 128 tokens
  int64_t pieces, parts;
  float* memory = nullptr;

  explicit Cut(const CausalAttentionBackward& op) : a(op) {
    constexpr int64_t kPieceTokens = 128, kWanted = 16, kPartTokens = 128;
    sequences = a.T > 0 && a.S * kPieceTokens > a.T ? a.S * kPieceTokens / a.T : 1;
    pieces = (a.S + sequences - 1) / sequences;
    const int64_t by_wish = pieces > 0 ? kWanted / (pieces * a.Hkv) : 1;
    const int64_t by_length = pieces > 0 ? a.T / pieces / kPartTokens : 1;
    parts = by_wish < by_length ? by_wish : by_length;
    if (parts < 1 || sequences > 1) parts = 1;
  }

  int64_t first(int64_t s) const { return a.offsets[s]; }
  int64_t length(int64_t s) const { return a.offsets[s + 1] - a.offsets[s]; }
  int64_t floats() const { return 2 * a.T * a.Hkv * a.D * (parts - 1); }

  // First position of a part: parts see about the same number of keys.
  int64_t begin(int64_t s, int64_t part, int64_t size) const {
    if (part == parts) return length(s);
    const double share = ::sqrt(static_cast<double>(part) / static_cast<double>(parts));
    return static_cast<int64_t>(share * static_cast<double>(length(s))) / size * size;
  }

  KeyGradients gradients(int64_t s, int64_t kv_head, int64_t part) const {
    const int64_t width = a.Hkv * a.D, keys = length(s) * a.D;
    const int64_t offset = first(s) * width + kv_head * a.D;
    if (part == 0) return {a.dk.data + offset, a.dv.data + offset, width};
    float* const own = memory + 2 * (parts - 1) * (first(s) * width + kv_head * keys) + 2 * (part - 1) * keys;
    return {own, own + keys, a.D};
  }
};

void differentiate_part(const Cut& cut, int64_t s, int64_t kv_head, int64_t part, const Tiles& tiles) {
  const CausalAttentionBackward& a = cut.a;
  const int64_t group = a.H / a.Hkv, size = QueryBlock::positions_of(group);
  const int64_t begin = cut.begin(s, part, size), end = cut.begin(s, part + 1, size);
  const KeyGradients to = cut.gradients(s, kv_head, part);
  // Keys are set by the first block that reaches them, in part 0 also those that none of its own does.
  for (int64_t key = part == 0 ? end : 0; key < (part == 0 ? cut.length(s) : begin); ++key) {
    std::memset(to.dk + key * to.step, 0, static_cast<size_t>(a.D) * sizeof(float));
    std::memset(to.dv + key * to.step, 0, static_cast<size_t>(a.D) * sizeof(float));
  }
  for (int64_t p = begin; p < end; p += size) {
    const int64_t count = end - p < size ? end - p : size;
    differentiate({a, {cut.first(s) + p, p, count, group}, kv_head, tiles, to});
  }
}

// What the parts from 1 on made of the keys begin .. end - 1, to part 0.
void add_parts(const Cut& cut, int64_t s, int64_t kv_head, int64_t begin, int64_t end) {
  const CausalAttentionBackward& a = cut.a;
  const int64_t size = QueryBlock::positions_of(a.H / a.Hkv);
  const KeyGradients to = cut.gradients(s, kv_head, 0);
  for (int64_t part = 1; part < cut.parts; ++part) {
    const KeyGradients from = cut.gradients(s, kv_head, part);
    const int64_t reached = cut.begin(s, part + 1, size);
    if (cut.begin(s, part, size) == reached) continue;
    for (int64_t key = begin; key < end && key < reached; ++key) {
#pragma omp simd
      for (int64_t d = 0; d < a.D; ++d) {
        to.dk[key * to.step + d] += from.dk[key * a.D + d];
        to.dv[key * to.step + d] += from.dv[key * a.D + d];
      }
    }
  }
}

void differentiate_all(const Cut& cut) {
  const CausalAttentionBackward& a = cut.a;
  bool out_of_memory = false;
  parallel_for(cut.pieces * a.Hkv * cut.parts, 1, [&](int64_t begin, int64_t end) {
    float* const memory = thread_scratch(Tiles::size(a));
    if (!memory) return __atomic_store_n(&out_of_memory, true, __ATOMIC_RELAXED);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t part = i % cut.parts, kv_head = i / cut.parts % a.Hkv;
      const int64_t first = i / cut.parts / a.Hkv * cut.sequences;
      const int64_t last = first + cut.sequences < a.S ? first + cut.sequences : a.S;
      for (int64_t s = first; s < last; ++s) differentiate_part(cut, s, kv_head, part, {a, memory});
    }
  });
  if (out_of_memory) throw_out_of_memory();
  if (cut.parts == 1) return;
  constexpr int64_t kKeys = 64;
  for (int64_t s = 0; s < a.S; ++s) {
    parallel_for((cut.length(s) + kKeys - 1) / kKeys * a.Hkv, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t key = i / a.Hkv * kKeys, left = cut.length(s) - key;
        add_parts(cut, s, i % a.Hkv, key, key + (left < kKeys ? left : kKeys));
      }
    });
  }
}

}  // namespace

void run(const CausalAttentionBackward& a) {
  Cut cut(a);
  if (cut.parts == 1) return differentiate_all(cut);
  const auto body = [](float* memory, void* context) {
    static_cast<Cut*>(context)->memory = memory;
    differentiate_all(*static_cast<Cut*>(context));
  };
  with_scratch(cut.floats(), body, &cut);
}

}  // namespace anacrusis::ANACRUSIS_ISA
