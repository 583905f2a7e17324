// Forward of FlashAttention-2 (2307.08691): a block has 64 rows, 16 a warp, and walks over the keys with an
// online softmax (2205.14135, algorithm 1); scores and weights stay in registers.
//
// Keys and values come in tiles of 32 (16 where D > 96, 8 where D > 128), two in flight, so that all of it stays
// below the 99 KB that a block has on every architecture from sm_80 on. A block that sees more keys starts
// earlier. A row's keys are taken in the same tiles whatever else is in the call: its bits do not
// depend on the batch.
#include "causal_attention.h"

#include "attention_tiles.cuh"
#include "math/exp.h"
#include "math/log.h"
#include "wide_heads.cuh"

namespace anacrusis::cuda {
namespace {

constexpr int kWarps = 4, kThreads = kWarps * kWarp, kRows = 16 * kWarps;

template <int kHead>
constexpr int kFloats = (kRows + 2 * 2 * kKeys<kHead>)*kStride<kHead>;

// What a warp's rows see of a tile of keys: the two rows of a lane, and all rows and at least one of the warp.
struct Seen {
  int rows[2], by_all, by_one;
};

DEVICE int seen_of_tile(int64_t row, int64_t G, int64_t first_key, int keys) {
  const int64_t seen = row / G + 1 - first_key;
  return static_cast<int>(larger(0, smaller(seen, keys)));
}

// acc += W V by ordinary products, of the keys that each row sees.
template <int kHead>
DEVICE void add_values_one_by_one(float (&acc)[kHead / 8][4], const float (&w)[4], const float* v, int first,
                                  const Seen& seen) {
  const int lane = threadIdx.x % kWarp;
  for (int key = 0; key < 8; ++key) {
    const int holder = lane / 4 * 4 + key / 2;
    const float weights[2] = {shfl(key % 2 == 0 ? w[0] : w[1], holder), shfl(key % 2 == 0 ? w[2] : w[3], holder)};
    const float* const values = v + key * kStride<kHead> + lane % 4 * 2;
    UNROLL
    for (int row = 0; row < 2; ++row) {
      if (first + key >= seen.rows[row]) continue;
      UNROLL
      for (int n = 0; n < kHead / 8; ++n) {
        acc[n][2 * row] += weights[row] * values[8 * n];
        acc[n][2 * row + 1] += weights[row] * values[8 * n + 1];
      }
    }
  }
}

// acc += W V. No row touches the value of a key that it does not see, so that a NaN there stays there: of 8
// keys that not all rows of the warp see, each row takes its own.
template <int kHead, int kTiles>
DEVICE void add_values(float (&acc)[kHead / 8][4], const float (&w)[kTiles][4], const float* v, const Seen& seen) {
  UNROLL
  for (int k = 0; k < kTiles; ++k) {
    const float* const values = v + k * 8 * kStride<kHead>;
    if (8 * k + 8 <= seen.by_all) add_weighted_step<kHead>(acc, w[k], values);
    else if (8 * k < seen.by_one) add_values_one_by_one<kHead>(acc, w[k], values, 8 * k, seen);
  }
}

template <int kHead>
DEVICE void store_result(const CausalAttention& a, const HeadRows& at, int64_t first_row,
                         OnlineSoftmax& softmax, const float (&acc)[kHead / 8][4]) {
  float factor[2];
  UNROLL
  for (int row = 0; row < 2; ++row) {
    float total = softmax.total[row];
    total += shfl_xor(total, 1);
    total += shfl_xor(total, 2);
    factor[row] = 1.0f / total;
    const int64_t r = first_row + threadIdx.x % kWarp / 4 + 8 * row;
    if (threadIdx.x % 4 == 0 && r < at.rows()) {
      a.lse[at.head(r) * a.T + at.token(r)] = softmax.top[row] + math::log(total);
    }
  }
  store_rows(a.y.data, acc, factor[0], factor[1], 0, a.D,
             [&](int row) { return at.row_offset(first_row + row); });
}

template <int kHead>
KERNEL_BOUNDS(kThreads, 1) attend(CausalAttention a, const AttentionTile* tiles, bool wide) {
  constexpr int kTile = kKeys<kHead> * kStride<kHead>;
  DYNAMIC_SHARED(float, queries);
  float* const stages = queries + kRows * kStride<kHead>;
  const AttentionTile tile = tiles[blockIdx.x / a.Hkv];
  const HeadRows at(a, blockIdx.x % a.Hkv, tile);
  const int64_t last_row = smaller(tile.begin + kRows, at.rows()) - 1;
  const int64_t keys = last_row / at.G + 1, steps = (keys + kKeys<kHead> - 1) / kKeys<kHead>;
  const auto copy_keys = [&](int64_t step) {
    float* const to = stages + step % 2 * 2 * kTile;
    const auto offset = [&](int i) { return at.key_offset(step * kKeys<kHead> + i); };
    copy_rows<kHead, kKeys<kHead>, kThreads>(to, a.k.data, a.D, wide, offset);
    copy_rows<kHead, kKeys<kHead>, kThreads>(to + kTile, a.v.data, a.D, wide, offset);
  };
  copy_rows<kHead, kRows, kThreads>(queries, a.q.data, a.D, wide,
                                    [&](int i) { return at.row_offset(tile.begin + i); });
  copy_keys(0);
  copy_async_commit();

  const int warp = threadIdx.x / kWarp;
  const int64_t first_row = tile.begin + 16 * warp, row = first_row + threadIdx.x % kWarp / 4;
  OnlineSoftmax softmax;
  float acc[kHead / 8][4] = {};
  for (int64_t step = 0; step < steps; ++step) {
    if (step + 1 < steps) copy_keys(step + 1);
    copy_async_commit();
    copy_async_wait<1>();
    sync_threads();
    const float* const k = stages + step % 2 * 2 * kTile;
    float s[kKeys<kHead> / 8][4] = {}, factor[2];
    add_scores<kHead>(s, queries + 16 * warp * kStride<kHead>, k);
    const auto seen_by = [&](int64_t r) {
      return seen_of_tile(r, at.G, step * kKeys<kHead>, kKeys<kHead>);
    };
    const Seen seen{{seen_by(row), seen_by(row + 8)}, seen_by(first_row), seen_by(first_row + 15)};
    softmax_step(softmax, s, static_cast<float>(a.scale), seen.rows, factor);
    scale_rows(acc, factor);
    add_values<kHead>(acc, s, k + kTile, seen);
    sync_threads();
  }
  store_result<kHead>(a, at, first_row, softmax, acc);
}

// Row i is query head i % H of token i / H.
struct WideRow {
  CausalAttention a;
  const int32_t* offsets;

  DEVICE_METHOD void operator()(int64_t i) const {
    const int64_t token = i / a.H, head = i % a.H, step = a.Hkv * a.D;
    const int64_t first = offsets[sequence_of(offsets, a.S, token)];
    const int64_t key_row = first * step + head / (a.H / a.Hkv) * a.D;
    const auto scale = static_cast<float>(a.scale);
    const auto score = [&](int64_t key) {
      return scale * warp_dot(a.q.data + i * a.D, a.k.data + key_row + key * step, a.D);
    };
    float top = -INFINITY, total = 0.0f;
    for (int64_t key = 0; key <= token - first; ++key) {
      const float s = score(key), before = top;
      top = s > top ? s : top;
      total = total * math::exp(before - top) + math::exp(s - top);
    }
    if (threadIdx.x % kWarp == 0) a.lse[head * a.T + token] = top + math::log(total);
    for (int64_t column = 0; column < a.D; column += kSlice * kWarp) {
      float sums[kSlice] = {};
      for (int64_t key = 0; key <= token - first; ++key) {
        add_slice(sums, math::exp(score(key) - top), a.v.data + key_row + key * step, column, a.D);
      }
      store_slice(a.y.data + i * a.D, sums, 1.0f / total, column, a.D);
    }
  }
};

}  // namespace

void run(const CausalAttention& a, const Stream& stream) {
  if (a.D > kWidestTile) {
    const DeviceScratch<int32_t> offsets(stream, a.offsets.data, a.offsets.size);
    return wide_rows(stream, a.T * a.H, WideRow{a, offsets.data()});
  }
  const auto tiles = attention_tiles(a.offsets, a.S, a.H / a.Hkv, kRows, true);
  const DeviceScratch<AttentionTile> table(stream, tiles.data(), static_cast<int64_t>(tiles.size()));
  const bool wide = on_16_bytes(a.q.data, a.k.data, a.v.data, a.y.data, a.D);
  const auto grid = static_cast<uint32_t>(table.size() * a.Hkv);
  for_head_size(a.D, [&]<int kHead>() {
    launch<attend<kHead>>(stream, {grid, kThreads, kFloats<kHead> * sizeof(float)}, a, table.data(), wide);
  });
}

}  // namespace anacrusis::cuda
