// The tiles of causal_attention over the cache. A block has the rows of a run, which read the same slot, such as
// those of a prompt, with the query heads that share a key head: up to 64 rows of a tile; one row of a decoding
// step is a run of its own, and its tile mostly empty: reading the keys takes longer than its products.
//
// The keys come in pieces of at least 256, at most 32 a row, so that few rows with long caches fill the
// device; a second kernel puts the pieces together in their order. Pieces depend on the row's own length
// alone, and what a row makes of a tile of keys does not depend on the other rows of its tile: keys that it
// does not see weigh exactly 0. So its bits are the same alone and in any batch.
#include "decode_attention.h"

#include "math/exp.h"
#include "ops/causal_attention/attention_tiles.cuh"
#include "ops/causal_attention/wide_heads.cuh"

namespace anacrusis::cuda {
namespace {

constexpr int kWarps = 4, kThreads = kWarps * kWarp, kRows = 16 * kWarps;
constexpr int kStepKeys = 256, kMostPieces = kWarp;
constexpr int64_t kMostPartials = int64_t{1} << 24;  // floats; more rows than that go one after another

FORMULA int64_t piece_keys(int64_t length) {
  const int64_t steps = (length + kStepKeys - 1) / kStepKeys;
  return (steps + kMostPieces - 1) / kMostPieces * kStepKeys;
}

struct Decode {
  DecodeAttention a;
  int64_t first_row, rows;
  int pieces;      // room for them in a row of partials
  bool wide;       // everything on 16 bytes
  float* partial;  // [rows][H][pieces][2 + D]: largest score, sum of weights, weighted values

  // Keys of a row, 0 where slot or length are out of range: nobody has checked them on a device.
  FORMULA_METHOD int64_t length_of(int64_t row) const {
    const bool legal = a.slot[row] >= 0 && a.slot[row] < a.slots && a.length[row] > 0 && a.length[row] <= a.C;
    return legal ? a.length[row] : 0;
  }
  FORMULA_METHOD float* partial_of(int64_t row, int64_t head, int64_t piece) const {
    return partial + (((row - first_row) * a.H + head) * pieces + piece) * (2 + a.D);
  }
  // Whether a row may be of the same run as the one before it.
  FORMULA_METHOD bool follows(int64_t row) const {
    const int64_t before = length_of(row - 1), own = length_of(row);
    return before > 0 && own > 0 && a.slot[row - 1] == a.slot[row] && piece_keys(before) == piece_keys(own);
  }
};

// Heads of the rows of a run, a row of the tile each: row r is head r % heads of row first + r / heads.
struct Run {
  int64_t first, count;  // rows of the call; none when another block has them
  int64_t head, heads;
  int64_t longest;

  DEVICE_METHOD Run(const Decode& in, int64_t row, int64_t kv, int64_t chunk) : first(row), count(0), longest(0) {
    const int64_t group = in.a.H / in.a.Hkv, left = group - chunk * kRows;
    heads = smaller(left, kRows);
    head = kv * group + chunk * kRows;
    const int64_t most = larger(1, kRows / group);
    const int64_t offset = row - in.first_row;
    if (offset % most != 0 && in.follows(row)) return;
    do {
      const int64_t length = in.length_of(row + count++);
      longest = larger(longest, length);
    } while (offset + count < in.rows && (offset + count) % most != 0 && in.follows(row + count));
  }
  DEVICE_METHOD int64_t rows() const { return count * heads; }
  DEVICE_METHOD int64_t row_of(int64_t r) const { return first + r / heads; }
  DEVICE_METHOD int64_t head_of(int64_t r) const { return head + r % heads; }
};

template <int kHead>
DEVICE void store_piece(const Decode& in, const Run& run, int64_t piece, int first, const OnlineSoftmax& softmax,
                        const float (&acc)[kHead / 8][4]) {
  UNROLL
  for (int half = 0; half < 2; ++half) {
    float total = softmax.total[half];
    total += shfl_xor(total, 1);
    total += shfl_xor(total, 2);
    const int64_t r = first + threadIdx.x % kWarp / 4 + 8 * half;
    if (threadIdx.x % 4 != 0 || r >= run.rows()) continue;
    float* const to = in.partial_of(run.row_of(r), run.head_of(r), piece);
    to[0] = softmax.top[half];
    to[1] = total;
  }
  store_rows(in.partial + 2, acc, 1.0f, 1.0f, 0, in.a.D, [&](int i) {
    const int64_t r = first + i;
    return r < run.rows() ? in.partial_of(run.row_of(r), run.head_of(r), piece) - in.partial : -1;
  });
}

template <int kHead>
KERNEL_BOUNDS(kThreads, 1) attend_piece(Decode in) {
  constexpr int kTile = kKeys<kHead> * kStride<kHead>;
  const DecodeAttention& a = in.a;
  DYNAMIC_SHARED(float, queries);
  float* const stages = queries + kRows * kStride<kHead>;
  const int64_t chunks = (a.H / a.Hkv + kRows - 1) / kRows, piece = blockIdx.x % in.pieces;
  const int64_t block = blockIdx.x / in.pieces, kv = block / chunks % a.Hkv;
  const Run run(in, in.first_row + block / chunks / a.Hkv, kv, block % chunks);
  const int64_t size = piece_keys(run.longest), begin = piece * size;
  if (begin >= run.longest) return;
  const int64_t end = smaller(begin + size, run.longest);
  const int64_t steps = (end - begin + kKeys<kHead> - 1) / kKeys<kHead>, slot = a.slot[run.first];
  const auto copy_keys = [&](int64_t step) {
    float* const to = stages + step % 2 * 2 * kTile;
    const auto offset = [&](int i) {
      const int64_t key = begin + step * kKeys<kHead> + i;
      return key < end ? ((slot * a.C + key) * a.Hkv + kv) * a.D : -1;
    };
    copy_rows<kHead, kKeys<kHead>, kThreads>(to, a.k_cache.data, a.D, in.wide, offset);
    copy_rows<kHead, kKeys<kHead>, kThreads>(to + kTile, a.v_cache.data, a.D, in.wide, offset);
  };
  copy_rows<kHead, kRows, kThreads>(queries, a.q.data, a.D, in.wide, [&](int r) {
    return r < run.rows() ? (run.row_of(r) * a.H + run.head_of(r)) * a.D : -1;
  });
  copy_keys(0);
  copy_async_commit();

  const int first = threadIdx.x / kWarp * 16, own = first + threadIdx.x % kWarp / 4;
  const bool busy = first < run.rows();
  int64_t visible[2];
  UNROLL
  for (int half = 0; half < 2; ++half) {
    const int64_t r = own + 8 * half;
    visible[half] = r < run.rows() ? in.length_of(run.row_of(r)) - begin : end - begin;
  }
  OnlineSoftmax softmax;
  float acc[kHead / 8][4] = {};
  for (int64_t step = 0; step < steps; ++step) {
    if (step + 1 < steps) copy_keys(step + 1);
    copy_async_commit();
    copy_async_wait<1>();
    sync_threads();
    if (busy) {
      const float* const k = stages + step % 2 * 2 * kTile;
      float s[kKeys<kHead> / 8][4] = {}, factor[2];
      int seen[2];
      UNROLL
      for (int half = 0; half < 2; ++half) {
        const int64_t left = visible[half] - step * kKeys<kHead>;
        seen[half] = static_cast<int>(larger(0, smaller(left, kKeys<kHead>)));
      }
      add_scores<kHead>(s, queries + first * kStride<kHead>, k);
      softmax_step(softmax, s, static_cast<float>(a.scale), seen, factor);
      scale_rows(acc, factor);
      add_weighted<kHead>(acc, s, k + kTile);
    }
    sync_threads();
  }
  if (busy) store_piece<kHead>(in, run, piece, first, softmax, acc);
}

// A warp per row and head: lane i has the softmax of piece i.
KERNEL_BOUNDS(kThreads, 1) merge_pieces(Decode in) {
  const DecodeAttention& a = in.a;
  const int64_t i = static_cast<int64_t>(blockIdx.x) * (kThreads / kWarp) + threadIdx.x / kWarp;
  if (i >= in.rows * a.H) return;
  const int lane = threadIdx.x % kWarp;
  const int64_t row = in.first_row + i / a.H, head = i % a.H, length = in.length_of(row);
  const int64_t keys = piece_keys(length);
  const int pieces = length > 0 ? static_cast<int>((length + keys - 1) / keys) : 0;
  const float* const partial = in.partial_of(row, head, 0);
  const float own = lane < pieces ? partial[lane * (2 + a.D)] : -INFINITY;
  const float top = warp_max(own);
  const float weight = lane < pieces ? math::exp(own - top) : 0.0f;
  const float total = warp_sum(lane < pieces ? weight * partial[lane * (2 + a.D) + 1] : 0.0f);
  for (int64_t first = 0; first < a.D; first += kWarp) {
    const int64_t d = first + lane;
    float sum = 0.0f;
    for (int piece = 0; piece < pieces; ++piece) {
      const float factor = shfl(weight, piece);
      if (d < a.D) sum += factor * partial[piece * (2 + a.D) + 2 + d];
    }
    if (d < a.D) a.y[(row * a.H + head) * a.D + d] = pieces > 0 ? sum / total : 0.0f;
  }
}

// Heads too wide for the tiles: row i is query head i % H of row i / H.
struct WideRow {
  Decode in;

  DEVICE_METHOD void operator()(int64_t i) const {
    const DecodeAttention& a = in.a;
    const int64_t length = in.length_of(i / a.H), step = a.Hkv * a.D;
    const int64_t cache = length > 0 ? a.slot[i / a.H] * a.C * step + i % a.H / (a.H / a.Hkv) * a.D : 0;
    const auto score = [&](int64_t key) {
      return static_cast<float>(a.scale) * warp_dot(a.q.data + i * a.D, a.k_cache.data + cache + key * step, a.D);
    };
    float top = -INFINITY, total = 0.0f;
    for (int64_t key = 0; key < length; ++key) {
      const float s = score(key), before = top;
      top = s > top ? s : top;
      total = total * math::exp(before - top) + math::exp(s - top);
    }
    for (int64_t column = 0; column < a.D; column += kSlice * kWarp) {
      float sums[kSlice] = {};
      for (int64_t key = 0; key < length; ++key) {
        add_slice(sums, math::exp(score(key) - top), a.v_cache.data + cache + key * step, column, a.D);
      }
      store_slice(a.y.data + i * a.D, sums, length > 0 ? 1.0f / total : 0.0f, column, a.D);
    }
  }
};

}  // namespace

void run(const DecodeAttention& a, const Stream& stream) {
  if (a.D > kWidestTile) return wide_rows(stream, a.R * a.H, WideRow{{a, 0, a.R, 1, false, nullptr}});
  const int64_t group = a.H / a.Hkv, steps = (a.C + kStepKeys - 1) / kStepKeys;
  const auto pieces = static_cast<int>(larger(1, smaller(steps, kMostPieces)));
  const int64_t row_floats = a.H * pieces * (2 + a.D), fit = kMostPartials / row_floats;
  const int64_t most = smaller(larger(1, fit), a.R);
  const DeviceScratch<float> partial(stream, most * row_floats);
  const bool wide = on_16_bytes(a.q.data, a.k_cache.data, a.v_cache.data, nullptr, a.D);
  for (int64_t row = 0; row < a.R; row += most) {
    const int64_t rows = smaller(a.R - row, most), warps = rows * a.H;
    const Decode in{a, row, rows, pieces, wide, partial.data()};
    const int64_t blocks = rows * a.Hkv * ((group + kRows - 1) / kRows) * pieces;
    for_head_size(a.D, [&]<int kHead>() {
      constexpr uint32_t kBytes = (kRows + 2 * 2 * kKeys<kHead>) * kStride<kHead> * sizeof(float);
      launch<attend_piece<kHead>>(stream, {static_cast<uint32_t>(blocks), kThreads, kBytes}, in);
    });
    launch<merge_pieces>(stream, {static_cast<uint32_t>((warps + kWarps - 1) / kWarps), kThreads}, in);
  }
}

}  // namespace anacrusis::cuda
