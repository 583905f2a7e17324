// Both passes of attention_metrics for compute capability 9.0: scores from warp-group products (wgmma), tiles brought by
// the tensor memory accelerator (TMA). The portable kernels (row_pass.cuh, column_pass.cuh) do the same on the same
// tiles of rows, and what they do with scores is used here; they are the oracle. Off unless asked for
// (attention_metrics_sm90.h) until that comparison has been made on a device.
//
// A block keeps 128 rows in shared memory. Two groups of four warps multiply 64 of them each with 128 streamed rows at a
// time; a ninth warp keeps four tiles of those under way. A tile's place is free again as soon as its product is in
// registers, and while one group works on its scores the other multiplies. A lane's scores lie as those of
// mma_16x8x16, for 16 rows to a warp.
#include "attention_metrics_sm90.h"

#include <cstdlib>
#include <cstring>

#include "column_pass.cuh"
#include "row_pass.cuh"
#include "runtime/kernel_sm90.h"

namespace anacrusis::cuda {
namespace {

constexpr int kGroups = 2, kStages = 4;
constexpr int kConsumerWarps = kGroups * kGroup / kWarp, kBlock = kGroups * kGroup + kWarp;
constexpr int kKept = kPanelRows, kStreamed = kPanelRows;

template <int kD>
struct Tile {
  static constexpr int kPanels = kD / kPanelColumns;
  static constexpr uint32_t kBytes = kPanels * kPanelBytes;
  static constexpr uint32_t kShared = (1 + kStages) * kBytes + kAtom;
};

struct TensorMaps {
  TensorMap q, k;
};

// The ring of streamed tiles, and the kept one.
struct Ring {
  uint64_t full[kStages], empty[kStages], kept;
};

DEVICE void init_ring(Ring& ring) {
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) {
      barrier_init(&ring.full[stage], kWarp);
      barrier_init(&ring.empty[stage], kConsumerWarps);
    }
    barrier_init(&ring.kept, 1);
    barriers_ready();
  }
  sync_threads();
}

// --- tiles ---------------------------------------------------------------------------------------

DEVICE char* aligned_shared(char* shared) {
  const uint32_t past = shared_address(shared) % kAtom;
  return shared + (past == 0 ? 0 : kAtom - past);
}

// Where rows of a head begin in the matrix that a tensor map describes.
struct Corner {
  int32_t column, row;
};

DEVICE Corner corner_of(const AttentionMetrics& a, const Place& at, int64_t heads, int64_t h) {
  if (a.layout.index == 1) return {0, static_cast<int32_t>((at.s * heads + h) * at.length)};
  return {static_cast<int32_t>(h * a.D), a.offsets[at.s]};
}

// 128 rows by one thread; those outside of the matrix come as zeros, and count as copied.
template <int kD>
DEVICE void fetch_tile(char* to, const TensorMap* map, Corner corner, int64_t row, uint64_t* barrier) {
  barrier_arrive_for(barrier, Tile<kD>::kBytes);
  UNROLL
  for (int panel = 0; panel < Tile<kD>::kPanels; ++panel) {
    const int32_t column = corner.column + panel * kPanelColumns;
    copy_box(to + panel * kPanelBytes, map, column, corner.row + static_cast<int32_t>(row), barrier);
  }
}

// This group's 64 rows with a streamed tile.
template <class T, int kD>
DEVICE void multiply_tiles(GroupScores& scores, const char* kept, const char* streamed) {
  const uint32_t rows = shared_address(kept) + threadIdx.x / kGroup * (kPanelBytes / kGroups);
  const uint32_t columns = shared_address(streamed);
  group_begin();
  UNROLL
  for (int k = 0; k < kD; k += kProductDepth) {
    const uint32_t at = k / kPanelColumns * kPanelBytes + k % kPanelColumns * sizeof(T);
    group_product(scores, panel_descriptor(rows + at), panel_descriptor(columns + at), k > 0, T{});
  }
  group_end();
}

// Row of the block of this lane's row i, 0 or 1.
DEVICE int kept_row(int i) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp, warp = static_cast<int>(threadIdx.x) / kWarp;
  return warp * 16 + i * 8 + lane / 4;
}

// f(step, stage) for each of `steps` tiles in the ring, by the warp that fills it or by those that read it: the former
// waits for a place to be empty, the latter for one to be full.
template <class F>
DEVICE void fill_ring(Ring& ring, int64_t steps, const F& f) {
  for (int64_t step = 0; step < steps; ++step) {
    const auto stage = static_cast<int>(step % kStages);
    barrier_wait(&ring.empty[stage], static_cast<uint32_t>(step / kStages + 1) % 2);
    f(step, stage);
  }
}
template <class F>
DEVICE void read_ring(Ring& ring, int64_t steps, const F& f) {
  barrier_wait(&ring.kept, 0);
  for (int64_t step = 0; step < steps; ++step) {
    const auto stage = static_cast<int>(step % kStages);
    barrier_wait(&ring.full[stage], static_cast<uint32_t>(step / kStages) % 2);
    f(step, stage);
  }
}
DEVICE void leave_stage(Ring& ring, int stage) {
  sync_warp();
  if (threadIdx.x % kWarp == 0) barrier_arrive(&ring.empty[stage]);
}

DEVICE bool is_producer() { return threadIdx.x / kWarp == kConsumerWarps; }

// --- passes --------------------------------------------------------------------------------------

template <class T, int kD>
KERNEL_BOUNDS(kBlock, 1) row_pass_sm90(GRID_CONSTANT TensorMaps maps, const Pass p) {
  DYNAMIC_SHARED(char, bytes);
  SHARED(Ring, ring, );
  SHARED(double, partials, [kBlock / kWarp]);
  char* const kept = aligned_shared(bytes);
  char* const streamed = kept + Tile<kD>::kBytes;
  const AttentionMetrics& a = p.a;
  const Place at = place_of(p);
  const int64_t first = a.query_begin[at.s] + at.local * kKept;
  const int64_t end = a.query_end[at.s] < first + kKept ? a.query_end[at.s] : first + kKept;
  const int64_t last_tile = (end - 1) / kStreamed;
  const int64_t first_tile = p.band && first >= a.window ? (first - a.window + 1) / kStreamed : 0;
  const int64_t steps = last_tile - first_tile + 1;
  init_ring(ring);
  double span = 0;
  if (is_producer()) {
    const Corner queries = corner_of(a, at, a.H, at.h), keys = corner_of(a, at, a.Hkv, at.h / (a.H / a.Hkv));
    const bool leads = threadIdx.x % kWarp == 0;
    if (leads) fetch_tile<kD>(kept, &maps.q, queries, first, &ring.kept);
    fill_ring(ring, steps, [&](int64_t step, int stage) {
      uint64_t* const full = &ring.full[stage];
      if (!leads) barrier_arrive(full);
      else fetch_tile<kD>(streamed + stage * Tile<kD>::kBytes, &maps.k, keys, (last_tile - step) * kStreamed, full);
    });
  } else {
    const float scale = base2_scale(a);
    const int32_t window = as_distance(a.window);
    RowSums rows[2];
    UNROLL
    for (int i = 0; i < 2; ++i) {
      const int64_t t = first + kept_row(i);
      if (p.band) rows[i].top = t < end ? p.lse2[at.out + t] : 0.0f;
    }
    read_ring(ring, steps, [&](int64_t step, int stage) {
      GroupScores scores;
      multiply_tiles<T, kD>(scores, kept, streamed + stage * Tile<kD>::kBytes);
      leave_stage(ring, stage);
      const int64_t key = (last_tile - step) * kStreamed;
      const bool far = !p.band && first - key - kStreamed + 1 >= a.window && (!a.span || key >= a.exclude_sink);
      UNROLL
      for (int i = 0; i < 2; ++i) {
        const auto gap = static_cast<int32_t>(first + kept_row(i) - key);
        if (far) {
          add_far(rows[i], scores, i, scale, static_cast<float>(window), static_cast<float>(gap));
        } else {
          const int64_t sink = a.exclude_sink - key;
          add_near(rows[i], scores, i, NearTile{scale, window, gap, sink > 0 ? as_distance(sink) : 0, p.band});
        }
      }
    });
    UNROLL
    for (int i = 0; i < 2; ++i) span += finish_row(p, at, first + kept_row(i), rows[i]);
  }
  if (!p.spans) return;
  span = block_sum(span, partials);
  if (threadIdx.x == 0) p.spans[at.tile * a.H + at.h] = span;
}

template <class T, int kD>
KERNEL_BOUNDS(kBlock, 1) column_pass_sm90(GRID_CONSTANT TensorMaps maps, const Pass p) {
  DYNAMIC_SHARED(char, bytes);
  SHARED(Ring, ring, );
  SHARED(float, lse2, [kStages][kStreamed]);
  char* const kept = aligned_shared(bytes);
  char* const streamed = kept + Tile<kD>::kBytes;
  const AttentionMetrics& a = p.a;
  const Place at = place_of(p);
  const int64_t query_begin = a.query_begin[at.s], query_end = a.query_end[at.s];
  const int64_t nearest = query_begin > a.h_hi ? query_begin - a.h_hi : 0;  // first key with a query
  const int64_t first = nearest + at.local * kKept, stop = query_end - a.h_lo;
  const int64_t last = (stop < first + kKept ? stop : first + kKept) - 1;  // key
  const int64_t begin = first + a.h_lo > query_begin ? first + a.h_lo : query_begin;
  const int64_t end = last + a.h_hi < query_end ? last + a.h_hi + 1 : query_end;
  const int64_t steps = (end - begin + kStreamed - 1) / kStreamed;
  init_ring(ring);
  if (is_producer()) {
    const Corner queries = corner_of(a, at, a.H, at.h), keys = corner_of(a, at, a.Hkv, at.h / (a.H / a.Hkv));
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    if (lane == 0) fetch_tile<kD>(kept, &maps.k, keys, first, &ring.kept);
    fill_ring(ring, steps, [&](int64_t step, int stage) {
      const int64_t q = begin + step * kStreamed;
      uint64_t* const full = &ring.full[stage];
      for (int i = lane; i < kStreamed; i += kWarp) lse2[stage][i] = q + i < end ? p.lse2[at.out + q + i] : 0.0f;
      if (lane > 0) barrier_arrive(full);
      else fetch_tile<kD>(streamed + stage * Tile<kD>::kBytes, &maps.q, queries, q, full);
    });
    return;
  }
  const float scale = base2_scale(a);
  const int32_t h_lo = as_distance(a.h_lo), h_hi = as_distance(a.h_hi);
  float mass[2] = {};
  read_ring(ring, steps, [&](int64_t step, int stage) {
    const int64_t q = begin + step * kStreamed;
    GroupScores scores;
    multiply_tiles<T, kD>(scores, kept, streamed + stage * Tile<kD>::kBytes);
    const bool whole =
        q + kStreamed <= end && q - (first + kKept - 1) >= a.h_lo && q + kStreamed - 1 - first <= a.h_hi;
    UNROLL
    for (int i = 0; i < 2; ++i) {
      const auto gap = static_cast<int32_t>(q - first - kept_row(i));
      mass[i] += horizon_mass(scores, i, lse2[stage], HorizonTile{scale, gap, h_lo, h_hi, as_distance(end - q), whole});
    }
    leave_stage(ring, stage);
  });
  UNROLL
  for (int i = 0; i < 2; ++i) finish_key(p, at, first + kept_row(i), last, mass[i]);
}

// --- launches ------------------------------------------------------------------------------------

// The matrix [T, heads D], or [S heads L, D] in layout bhtd.
bool describe_rows(TensorMap& map, const AttentionMetrics& a, FloatsIn rows, int64_t heads) {
  const bool equal = a.layout.index == 1;
  return device_table().describe_matrix(&map, rows.dtype == DType::bf16, rows.data, equal ? a.D : heads * a.D,
                                        equal ? a.T * heads : a.T) == 0;
}

bool wanted() {
  static const bool is = [] {
    const char* value = std::getenv("ANACRUSIS_ATTENTION_SM90");
    return value && std::strcmp(value, "1") == 0;
  }();
  return is;
}

bool fits(const Pass& p, const Stream& stream) {
  return wanted() && p.vectors && p.a.q.dtype != DType::f32 && (p.a.D == 64 || p.a.D == 128) &&
         properties_of(stream).major == 9;
}

template <class T, int kD>
void launch_pass(bool columns, const TensorMaps& maps, const Pass& p, uint32_t blocks, const Stream& stream) {
  const LaunchShape shape{blocks, kBlock, Tile<kD>::kShared};
  if (columns) launch<column_pass_sm90<T, kD>>(stream, shape, maps, p);
  else launch<row_pass_sm90<T, kD>>(stream, shape, maps, p);
}

bool run_pass(bool columns, const Pass& p, uint32_t blocks, const Stream& stream) {
  TensorMaps maps{};
  if (!fits(p, stream) || !describe_rows(maps.q, p.a, p.a.q, p.a.H) || !describe_rows(maps.k, p.a, p.a.k, p.a.Hkv)) {
    return false;
  }
  const auto of_type = [&](auto element) {
    using T = decltype(element);
    if (p.a.D == 64) launch_pass<T, 64>(columns, maps, p, blocks, stream);
    else launch_pass<T, 128>(columns, maps, p, blocks, stream);
  };
  if (p.a.q.dtype == DType::bf16) of_type(Bf16{});
  else of_type(F16{});
  return true;
}

}  // namespace

bool run_rows_sm90(const Pass& p, uint32_t blocks, const Stream& stream) { return run_pass(false, p, blocks, stream); }
bool run_columns_sm90(const Pass& p, uint32_t blocks, const Stream& stream) { return run_pass(true, p, blocks, stream); }

}  // namespace anacrusis::cuda
