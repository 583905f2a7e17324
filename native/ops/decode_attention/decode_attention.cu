// A block has a piece of a row's keys and the queries that share them, so that keys and values are read once
// for up to 8 of them; few rows with long caches still fill the device. Pieces are at least 256 keys and
// at most 32 a row; they depend on the row's own length alone, and so do the row's bits. A second kernel puts the
// pieces together in their order.
//
// In a block 8 lanes share a key's scores; then a thread has a column of the values, or with narrow heads
// several threads do, each with some of the keys.
#include "decode_attention.h"

#include "math/exp.h"
#include "runtime/kernel.h"

namespace anacrusis::cuda {
namespace {

constexpr int kThreads = 128, kLanesOfKey = 8, kStepKeys = 256, kMostPieces = kWarp;
constexpr int kSlab = 256;  // columns that a block makes at a time, two a thread
constexpr int64_t kMostPartials = int64_t{1} << 24;  // floats; more rows than that go one after another

FORMULA int64_t piece_keys(int64_t length) {
  const int64_t steps = (length + kStepKeys - 1) / kStepKeys;
  return (steps + kMostPieces - 1) / kMostPieces * kStepKeys;
}

struct Decode {
  DecodeAttention a;
  int64_t first_row, rows;
  int pieces;     // room for them in a row of partials
  bool wide;      // everything on 16 bytes
  float* partial;  // [rows][H][pieces][2 + D]: largest score, sum of weights, weighted values

  // Keys of a row, 0 where slot or length are out of range: nobody has checked them on a device.
  FORMULA_METHOD int64_t length_of(int64_t row) const {
    const bool legal = a.slot[row] >= 0 && a.slot[row] < a.slots && a.length[row] > 0 && a.length[row] <= a.C;
    return legal ? a.length[row] : 0;
  }
  FORMULA_METHOD float* partial_of(int64_t row, int64_t head, int64_t piece) const {
    return partial + (((row - first_row) * a.H + head) * pieces + piece) * (2 + a.D);
  }
};

template <int kQueries>
struct Shared {
  float scores[kQueries][kStepKeys];
  float sums[kQueries][kThreads];
  float top[kQueries], total[kQueries], factor[kQueries];
};

// scores[g][key] of `count` keys.
template <int kQueries>
DEVICE void score_keys(const Decode& in, Shared<kQueries>& shared, const float* queries, int heads,
                       const float* keys, int count) {
  const DecodeAttention& a = in.a;
  const int part = threadIdx.x % kLanesOfKey, group = threadIdx.x / kLanesOfKey;
  for (int first = 0; first < count; first += kThreads / kLanesOfKey) {
    const int key = first + group < count ? first + group : count - 1;
    const float* const k = keys + key * a.Hkv * a.D;
    float dot[kQueries] = {};
    if (in.wide) {
      for (int64_t d = 4 * part; d < a.D; d += 4 * kLanesOfKey) {
        const auto x = *reinterpret_cast<const Vec<float, 4>*>(k + d);
        UNROLL
        for (int g = 0; g < kQueries; ++g) {
          if (g >= heads) continue;
          const auto q = *reinterpret_cast<const Vec<float, 4>*>(queries + g * a.D + d);
          UNROLL
          for (int i = 0; i < 4; ++i) dot[g] += q.v[i] * x.v[i];
        }
      }
    } else {
      for (int64_t d = part; d < a.D; d += kLanesOfKey) {
        UNROLL
        for (int g = 0; g < kQueries; ++g) {
          if (g < heads) dot[g] += queries[g * a.D + d] * k[d];
        }
      }
    }
    UNROLL
    for (int g = 0; g < kQueries; ++g) {
      UNROLL
      for (int delta = kLanesOfKey / 2; delta > 0; delta /= 2) dot[g] += shfl_xor(dot[g], delta);
      if (part == 0 && first + group < count) shared.scores[g][key] = static_cast<float>(a.scale) * dot[g];
    }
  }
}

// Online softmax: scores become exp(score - largest so far), a warp per query.
template <int kQueries>
DEVICE void weigh_keys(Shared<kQueries>& shared, int count) {
  const int lane = threadIdx.x % kWarp;
  for (int g = threadIdx.x / kWarp; g < kQueries; g += kThreads / kWarp) {
    float top = shared.top[g], total = 0.0f;
    for (int key = lane; key < count; key += kWarp) {
      top = shared.scores[g][key] > top ? shared.scores[g][key] : top;
    }
    top = warp_max(top);
    for (int key = lane; key < count; key += kWarp) {
      const float weight = math::exp(shared.scores[g][key] - top);
      shared.scores[g][key] = weight;
      total += weight;
    }
    total = warp_sum(total);
    sync_warp();
    if (lane != 0) continue;
    const float factor = math::exp(shared.top[g] - top);
    shared.factor[g] = factor;
    shared.total[g] = shared.total[g] * factor + total;
    shared.top[g] = top;
  }
}

// A thread's columns of the weighted values, for each query.
template <int kQueries>
struct Columns {
  int64_t first;  // and first + kThreads
  int part, parts;
  float sum[2][kQueries];

  DEVICE_METHOD Columns(int64_t D, int64_t slab) : sum{} {
    const int width = D <= 32 ? 32 : D <= 64 ? 64 : kThreads;
    first = slab + threadIdx.x % width;
    part = static_cast<int>(threadIdx.x) / width;
    parts = kThreads / width;
  }
  DEVICE_METHOD void add(const Shared<kQueries>& shared, const float* values, int64_t step, int64_t D, int count) {
    UNROLL
    for (int i = 0; i < 2; ++i) {
      const int64_t d = first + i * kThreads;
      UNROLL
      for (int g = 0; g < kQueries; ++g) sum[i][g] *= shared.factor[g];
      if (d >= D) continue;
      for (int key = part; key < count; key += parts) {
        const float value = values[key * step + d];
        UNROLL
        for (int g = 0; g < kQueries; ++g) sum[i][g] += shared.scores[g][key] * value;
      }
    }
  }
};

template <int kQueries>
DEVICE void store_piece(const Decode& in, Shared<kQueries>& shared, Columns<kQueries>& columns, int64_t row,
                        int64_t head, int heads, int64_t piece) {
  if (columns.parts > 1) {
    UNROLL
    for (int g = 0; g < kQueries; ++g) shared.sums[g][threadIdx.x] = columns.sum[0][g];
    sync_threads();
    for (int part = 1; part < columns.parts; ++part) {
      const int from = (threadIdx.x + part * (kThreads / columns.parts)) % kThreads;
      UNROLL
      for (int g = 0; g < kQueries; ++g) columns.sum[0][g] += shared.sums[g][from];
    }
  }
  if (columns.part != 0) return;
  UNROLL
  for (int g = 0; g < kQueries; ++g) {
    if (g >= heads) continue;
    float* const to = in.partial_of(row, head + g, piece);
    if (static_cast<int>(threadIdx.x) == g) {
      to[0] = shared.top[g];
      to[1] = shared.total[g];
    }
    UNROLL
    for (int i = 0; i < 2; ++i) {
      const int64_t d = columns.first + i * kThreads;
      if (d < in.a.D) to[2 + d] = columns.sum[i][g];
    }
  }
}

template <int kQueries>
KERNEL_BOUNDS(kThreads, 1) attend_piece(Decode in) {
  SHARED(Shared<kQueries>, shared, );
  const DecodeAttention& a = in.a;
  const int64_t group = a.H / a.Hkv, chunks = (group + kQueries - 1) / kQueries;
  const int64_t piece = blockIdx.x % in.pieces, chunk = blockIdx.x / in.pieces % chunks;
  const int64_t kv = blockIdx.x / in.pieces / chunks % a.Hkv;
  const int64_t row = in.first_row + blockIdx.x / in.pieces / chunks / a.Hkv;
  const int64_t length = in.length_of(row), begin = piece * piece_keys(length);
  if (begin >= length) return;
  const int64_t end = begin + piece_keys(length) < length ? begin + piece_keys(length) : length;
  const int64_t head = kv * group + chunk * kQueries, step = a.Hkv * a.D;
  const int heads = static_cast<int>(group - chunk * kQueries < kQueries ? group - chunk * kQueries : kQueries);
  const int64_t first = (a.slot[row] * a.C * a.Hkv + kv) * a.D;
  for (int64_t slab = 0; slab < a.D; slab += kSlab) {
    Columns<kQueries> columns(a.D, slab);
    if (threadIdx.x < kQueries) {
      shared.top[threadIdx.x] = -INFINITY;
      shared.total[threadIdx.x] = 0.0f;
    }
    for (int64_t key = begin; key < end; key += kStepKeys) {
      const int count = static_cast<int>(end - key < kStepKeys ? end - key : kStepKeys);
      score_keys(in, shared, a.q.data + (row * a.H + head) * a.D, heads, a.k_cache.data + first + key * step, count);
      sync_threads();
      weigh_keys(shared, count);
      sync_threads();
      columns.add(shared, a.v_cache.data + first + key * step, step, a.D, count);
      sync_threads();
    }
    store_piece(in, shared, columns, row, head, heads, piece);
  }
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

}  // namespace

void run(const DecodeAttention& a, const Stream& stream) {
  const int64_t group = a.H / a.Hkv, steps = (a.C + kStepKeys - 1) / kStepKeys;
  const int pieces = steps < 1 ? 1 : steps < kMostPieces ? static_cast<int>(steps) : kMostPieces;
  const int64_t row_floats = a.H * pieces * (2 + a.D), fit = kMostPartials / row_floats;
  const int64_t at_once = fit > 0 ? fit : 1, most = at_once < a.R ? at_once : a.R;
  const DeviceScratch<float> partial(stream, most * row_floats);
  const bool wide = a.D % 4 == 0 && reinterpret_cast<uintptr_t>(a.q.data) % 16 == 0 &&
                    reinterpret_cast<uintptr_t>(a.k_cache.data) % 16 == 0;
  for (int64_t row = 0; row < a.R; row += most) {
    const int64_t rows = a.R - row < most ? a.R - row : most;
    const Decode in{a, row, rows, pieces, wide, partial.data()};
    const auto attend = [&]<int kQueries>() {
      const int64_t blocks = rows * a.Hkv * ((group + kQueries - 1) / kQueries) * pieces;
      launch<attend_piece<kQueries>>(stream, {static_cast<uint32_t>(blocks), kThreads}, in);
    };
    if (group == 1) attend.template operator()<1>();
    else if (group == 2) attend.template operator()<2>();
    else if (group <= 4) attend.template operator()<4>();
    else attend.template operator()<8>();
    const int64_t warps = rows * a.H, per_block = kThreads / kWarp;
    launch<merge_pieces>(stream, {static_cast<uint32_t>((warps + per_block - 1) / per_block), kThreads}, in);
  }
}

}  // namespace anacrusis::cuda
