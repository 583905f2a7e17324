// Backward of FlashAttention-2 (2307.08691) without atomics, so that results are the same every time: one
// kernel stays with a tile of keys and walks over the rows of its group that see them (dk, dv), one stays with
// a tile of rows and walks over their keys (dq); both make the weights anew from the scores and lse.
//
// Tiles that stay have 64 rows, 16 a warp; those that pass by 32 (16 where D > 64), two in flight. With
// D = 128 that is 99 KB, all that a block has on sm_86 and sm_89. Wider heads have tiles of 32 and 8, and dk and
// dv are made in two halves of their columns: all would not fit into the registers.
#include "causal_attention_backward.h"

#include "math/exp.h"
#include "ops/causal_attention/attention_tiles.cuh"
#include "ops/causal_attention/wide_heads.cuh"

namespace anacrusis::cuda {
namespace {

template <int kHead>
struct Shape {
  static constexpr int kWarps = kHead <= 128 ? 4 : 2;
  static constexpr int kThreads = kWarps * kWarp;
  static constexpr int kStay = 16 * kWarps;                             // rows of the tiles that stay
  static constexpr int kPass = kHead <= 64 ? 32 : kHead <= 128 ? 16 : 8;  // rows of those that pass by
  static constexpr int kColumns = kHead <= 128 ? kHead : 128;           // of dk and dv in one block
  static constexpr int kTile = kPass * kStride<kHead>;
  static constexpr uint32_t kBytes = (2 * kStay + 2 * 2 * kPass) * kStride<kHead> * sizeof(float);
};

// Of one row, in the order of HeadRows: [Hkv][T G].
struct RowStats {
  float lse, delta;
};

struct Rows {
  CausalAttentionBackward a;
  RowStats* stats;

  FORMULA_METHOD const RowStats& at(const HeadRows& rows, int64_t row) const {
    return stats[(rows.kv * a.T + rows.first) * rows.G + row];
  }
};

// delta = dy . y, a warp a row.
struct MakeStats {
  Rows rows;

  DEVICE_METHOD void operator()(int64_t i) const {
    const CausalAttentionBackward& a = rows.a;
    const int64_t token = i / a.H, head = i % a.H, G = a.H / a.Hkv;
    const float delta = warp_dot(a.dy.data + i * a.D, a.y.data + i * a.D, a.D);
    if (threadIdx.x % kWarp != 0) return;
    rows.stats[(head / G * a.T + token) * G + head % G] = {a.lse[head * a.T + token], delta};
  }
};

// One weight and its gradient by the score: s and dp become p = exp(scale s - lse) and scale p (dp - delta).
DEVICE void differentiate(float& s, float& dp, const RowStats& row, float scale, bool seen) {
  const float p = seen ? math::exp(scale * s - row.lse) : 0.0f;
  dp = seen ? scale * p * (dp - row.delta) : 0.0f;
  s = p;
}

template <int kHead>
KERNEL_BOUNDS(Shape<kHead>::kThreads, 1) key_gradients(Rows in, const AttentionTile* tiles, bool wide) {
  using S = Shape<kHead>;
  constexpr int kColumns = S::kColumns, kParts = kHead / kColumns, kThreads = S::kThreads;
  const CausalAttentionBackward& a = in.a;
  DYNAMIC_SHARED(float, keys);
  float *const values = keys + S::kStay * kStride<kHead>, *const stages = values + S::kStay * kStride<kHead>;
  const int64_t block = blockIdx.x / kParts;
  const int part = blockIdx.x % kParts * kColumns;
  const AttentionTile tile = tiles[block / a.Hkv];
  const HeadRows at(a, block % a.Hkv, tile);
  const auto key_offset = [&](int i) { return at.key_offset(tile.begin + i); };
  const int64_t first_row = tile.begin * at.G, steps = (at.rows() - first_row + S::kPass - 1) / S::kPass;
  const auto pass = [&](int64_t step) {
    float* const to = stages + step % 2 * 2 * S::kTile;
    const auto offset = [&](int i) { return at.row_offset(first_row + step * S::kPass + i); };
    copy_rows<kHead, S::kPass, kThreads>(to, a.q.data, a.D, wide, offset);
    copy_rows<kHead, S::kPass, kThreads>(to + S::kTile, a.dy.data, a.D, wide, offset);
  };
  copy_rows<kHead, S::kStay, kThreads>(keys, a.k.data, a.D, wide, key_offset);
  copy_rows<kHead, S::kStay, kThreads>(values, a.v.data, a.D, wide, key_offset);
  pass(0);
  copy_async_commit();

  const int lane = threadIdx.x % kWarp, warp_row = threadIdx.x / kWarp * 16;
  float dk[kColumns / 8][4] = {}, dv[kColumns / 8][4] = {};
  for (int64_t step = 0; step < steps; ++step) {
    if (step + 1 < steps) pass(step + 1);
    copy_async_commit();
    copy_async_wait<1>();
    sync_threads();
    const float *const q = stages + step % 2 * 2 * S::kTile, *const dy = q + S::kTile;
    float p[S::kPass / 8][4] = {}, ds[S::kPass / 8][4] = {};
    add_scores<kHead>(p, keys + warp_row * kStride<kHead>, q);
    add_scores<kHead>(ds, values + warp_row * kStride<kHead>, dy);
    UNROLL
    for (int i = 0; i < S::kPass / 4; ++i) {
      const int64_t row = first_row + step * S::kPass + i / 2 * 8 + lane % 4 * 2 + i % 2;
      const RowStats stats = row < at.rows() ? in.at(at, row) : RowStats{};
      UNROLL
      for (int half = 0; half < 2; ++half) {
        const int64_t key = tile.begin + warp_row + lane / 4 + 8 * half;
        const bool seen = key * at.G <= row;  // past the last row there are zeros
        differentiate(p[i / 2][2 * half + i % 2], ds[i / 2][2 * half + i % 2], stats,
                      static_cast<float>(a.scale), seen);
      }
    }
    add_weighted<kHead>(dv, p, dy + part);
    add_weighted<kHead>(dk, ds, q + part);
    sync_threads();
  }
  const auto warp_offset = [&](int i) { return key_offset(warp_row + i); };
  store_rows(a.dk.data, dk, 1.0f, 1.0f, part, a.D, warp_offset);
  store_rows(a.dv.data, dv, 1.0f, 1.0f, part, a.D, warp_offset);
}

template <int kHead>
KERNEL_BOUNDS(Shape<kHead>::kThreads, 1) row_gradients(Rows in, const AttentionTile* tiles, bool wide) {
  using S = Shape<kHead>;
  constexpr int kThreads = S::kThreads;
  const CausalAttentionBackward& a = in.a;
  DYNAMIC_SHARED(float, queries);
  float *const slopes = queries + S::kStay * kStride<kHead>, *const stages = slopes + S::kStay * kStride<kHead>;
  const AttentionTile tile = tiles[blockIdx.x / a.Hkv];
  const HeadRows at(a, blockIdx.x % a.Hkv, tile);
  const auto row_offset = [&](int i) { return at.row_offset(tile.begin + i); };
  const int64_t last_row = smaller(tile.begin + S::kStay, at.rows()) - 1;
  const int64_t steps = last_row / at.G / S::kPass + 1;
  const auto pass = [&](int64_t step) {
    float* const to = stages + step % 2 * 2 * S::kTile;
    const auto offset = [&](int i) { return at.key_offset(step * S::kPass + i); };
    copy_rows<kHead, S::kPass, kThreads>(to, a.k.data, a.D, wide, offset);
    copy_rows<kHead, S::kPass, kThreads>(to + S::kTile, a.v.data, a.D, wide, offset);
  };
  copy_rows<kHead, S::kStay, kThreads>(queries, a.q.data, a.D, wide, row_offset);
  copy_rows<kHead, S::kStay, kThreads>(slopes, a.dy.data, a.D, wide, row_offset);
  pass(0);
  copy_async_commit();

  const int lane = threadIdx.x % kWarp, warp_row = threadIdx.x / kWarp * 16;
  RowStats stats[2];
  int64_t visible[2];
  UNROLL
  for (int half = 0; half < 2; ++half) {
    const int64_t row = tile.begin + warp_row + lane / 4 + 8 * half;
    stats[half] = row < at.rows() ? in.at(at, row) : RowStats{};
    visible[half] = row / at.G + 1;  // past the last row there are zeros, which nobody stores
  }
  float dq[kHead / 8][4] = {};
  for (int64_t step = 0; step < steps; ++step) {
    if (step + 1 < steps) pass(step + 1);
    copy_async_commit();
    copy_async_wait<1>();
    sync_threads();
    const float *const k = stages + step % 2 * 2 * S::kTile, *const v = k + S::kTile;
    float p[S::kPass / 8][4] = {}, ds[S::kPass / 8][4] = {};
    add_scores<kHead>(p, queries + warp_row * kStride<kHead>, k);
    add_scores<kHead>(ds, slopes + warp_row * kStride<kHead>, v);
    UNROLL
    for (int i = 0; i < S::kPass / 2; ++i) {
      const int half = i % 4 / 2;
      const int64_t key = step * S::kPass + i / 4 * 8 + lane % 4 * 2 + i % 2;
      differentiate(p[i / 4][i % 4], ds[i / 4][i % 4], stats[half], static_cast<float>(a.scale),
                    key < visible[half]);
    }
    add_weighted<kHead>(dq, ds, k);
    sync_threads();
  }
  store_rows(a.dq.data, dq, 1.0f, 1.0f, 0, a.D, [&](int i) { return row_offset(warp_row + i); });
}

// Heads too wide for the tiles: a warp per row of dq, or of dk and dv.
struct WideGradients {
  Rows rows;
  const int32_t* offsets;

  struct Pair {
    float p, ds;
  };

  DEVICE_METHOD Pair pair(int64_t query, int64_t head, int64_t key) const {
    const CausalAttentionBackward& a = rows.a;
    const int64_t G = a.H / a.Hkv, kv = head / G;
    const int64_t row = (query * a.H + head) * a.D, key_row = (key * a.Hkv + kv) * a.D;
    float p = warp_dot(a.q.data + row, a.k.data + key_row, a.D);
    float ds = warp_dot(a.dy.data + row, a.v.data + key_row, a.D);
    const RowStats& stats = rows.stats[(kv * a.T + query) * G + head % G];
    differentiate(p, ds, stats, static_cast<float>(a.scale), true);
    return {p, ds};
  }
};

struct WideQueryGradient {
  WideGradients of;

  DEVICE_METHOD void operator()(int64_t i) const {
    const CausalAttentionBackward& a = of.rows.a;
    const int64_t token = i / a.H, head = i % a.H, kv = head / (a.H / a.Hkv);
    for (int64_t column = 0; column < a.D; column += kSlice * kWarp) {
      float dq[kSlice] = {};
      for (int64_t key = of.offsets[sequence_of(of.offsets, a.S, token)]; key <= token; ++key) {
        add_slice(dq, of.pair(token, head, key).ds, a.k.data + (key * a.Hkv + kv) * a.D, column, a.D);
      }
      store_slice(a.dq.data + i * a.D, dq, 1.0f, column, a.D);
    }
  }
};

struct WideKeyGradient {
  WideGradients of;

  DEVICE_METHOD void operator()(int64_t i) const {
    const CausalAttentionBackward& a = of.rows.a;
    const int64_t token = i / a.Hkv, G = a.H / a.Hkv, first_head = i % a.Hkv * G;
    const int64_t end = of.offsets[sequence_of(of.offsets, a.S, token) + 1];
    for (int64_t column = 0; column < a.D; column += kSlice * kWarp) {
      float dk[kSlice] = {}, dv[kSlice] = {};
      for (int64_t query = token; query < end; ++query) {
        for (int64_t head = first_head; head < first_head + G; ++head) {
          const WideGradients::Pair pair = of.pair(query, head, token);
          add_slice(dk, pair.ds, a.q.data + (query * a.H + head) * a.D, column, a.D);
          add_slice(dv, pair.p, a.dy.data + (query * a.H + head) * a.D, column, a.D);
        }
      }
      store_slice(a.dk.data + i * a.D, dk, 1.0f, column, a.D);
      store_slice(a.dv.data + i * a.D, dv, 1.0f, column, a.D);
    }
  }
};

}  // namespace

void run(const CausalAttentionBackward& a, const Stream& stream) {
  const DeviceScratch<RowStats> stats(stream, a.T * a.H);
  const Rows rows{a, stats.data()};
  wide_rows(stream, a.T * a.H, MakeStats{rows});
  if (a.D > kWidestTile) {
    const DeviceScratch<int32_t> offsets(stream, a.offsets.data, a.offsets.size);
    wide_rows(stream, a.T * a.H, WideQueryGradient{{rows, offsets.data()}});
    return wide_rows(stream, a.T * a.Hkv, WideKeyGradient{{rows, offsets.data()}});
  }
  const bool wide = on_16_bytes(a.q.data, a.k.data, a.v.data, a.dy.data, a.D);
  for_head_size(a.D, [&]<int kHead>() {
    using S = Shape<kHead>;
    const auto key_tiles = attention_tiles(a.offsets, a.S, 1, S::kStay, false);
    const auto row_tiles = attention_tiles(a.offsets, a.S, a.H / a.Hkv, S::kStay, true);
    const DeviceScratch<AttentionTile> by_key(stream, key_tiles.data(), static_cast<int64_t>(key_tiles.size()));
    const DeviceScratch<AttentionTile> by_row(stream, row_tiles.data(), static_cast<int64_t>(row_tiles.size()));
    const auto key_blocks = static_cast<uint32_t>(by_key.size() * a.Hkv * (kHead / S::kColumns));
    const auto row_blocks = static_cast<uint32_t>(by_row.size() * a.Hkv);
    launch<key_gradients<kHead>>(stream, {key_blocks, S::kThreads, S::kBytes}, rows, by_key.data(), wide);
    launch<row_gradients<kHead>>(stream, {row_blocks, S::kThreads, S::kBytes}, rows, by_row.data(), wide);
  });
}

}  // namespace anacrusis::cuda
