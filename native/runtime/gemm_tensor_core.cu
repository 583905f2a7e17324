// 16-bit operands on the tensor cores: a block of 8 warps makes 128 x 128 of c, a warp 32 x 64 of it by
// products of 16 x 8 x 16, 32 steps of k at a time. Three stages of asynchronous copies keep two under way
// while the third is multiplied, in 60 KB of shared memory, so that a block fits everywhere. Rows are 8
// elements longer in shared memory than they need be: then the eight rows of an ldmatrix tile lie in distinct
// banks, whether k or the other axis is the contiguous one.
#include "gemm_plan.h"

namespace anacrusis::cuda {
namespace {

constexpr int kThreads = 256, kSize = 128, kSteps = 32, kStages = 3, kUnit = 8;
constexpr int kWarpRows = 32, kWarpColumns = 64, kDown = kWarpRows / 16, kAcross = kWarpColumns / 8;

template <bool kAlong>
constexpr int kElements = kTileElements<kAlong, kSize, kSteps, kUnit>;
template <bool kAlong>
constexpr int kRow = kPitch<kAlong, kSize, kSteps, kUnit>;

// Four 8 x 8 tiles: places place .. place + 15 by k .. k + 15. Tile t has the later places where
// `places_first` ? t % 2 : t / 2, and the later steps where the other.
template <bool kAlong, class T>
DEVICE void load_tiles(const T* shared, int lane, int place, int k, bool places_first, uint32_t (&out)[4]) {
  const int tile = lane / 8, second = tile % 2, third = tile / 2;
  const int p = place + (places_first ? second : third) * 8, q = k + (places_first ? third : second) * 8;
  if constexpr (kAlong) ldmatrix_x4(out, shared + (p + lane % 8) * kRow<true> + q);
  else ldmatrix_x4_trans(out, shared + (q + lane % 8) * kRow<false> + p);
}

template <bool kAlongA, bool kAlongB, class T>
DEVICE void multiply_stage(const T* a, const T* b, int lane, int row, int column, float (&sums)[kDown][kAcross][4]) {
  UNROLL
  for (int k = 0; k < kSteps; k += 16) {
    uint32_t left[kDown][4], right[kAcross][2];
    UNROLL
    for (int i = 0; i < kDown; ++i) load_tiles<kAlongA>(a, lane, row + 16 * i, k, true, left[i]);
    UNROLL
    for (int j = 0; j < kAcross; j += 2) {
      uint32_t both[4];
      load_tiles<kAlongB>(b, lane, column + 8 * j, k, false, both);
      right[j][0] = both[0], right[j][1] = both[1];
      right[j + 1][0] = both[2], right[j + 1][1] = both[3];
    }
    UNROLL
    for (int i = 0; i < kDown; ++i) {
      UNROLL
      for (int j = 0; j < kAcross; ++j) mma_16x8x16(sums[i][j], left[i], right[j], T{});
    }
  }
}

template <class T, bool kAlongA, bool kAlongB>
KERNEL_BOUNDS(kThreads, 1) multiply(Gemm g, Plan plan, Operand<T, kAlongA> a, Operand<T, kAlongB> b, void* c) {
  DYNAMIC_SHARED(T, shared);
  constexpr int kStage = kElements<kAlongA> + kElements<kAlongB>;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarp, lane = thread % kWarp;
  const int row = warp / 2 * kWarpRows, column = warp % 2 * kWarpColumns;
  const T *const all_a = a.data, *const all_b = b.data;
  const int64_t work = g.batch * plan.parts * plan.tiles();
  for (int64_t index = blockIdx.x; index < work; index += gridDim.x) {
    const TileAt at = tile_at(plan, index);
    const int64_t first_row = at.row * kSize, first_column = at.column * kSize;
    const int64_t k_begin = at.part * plan.part_length;
    const int64_t k_end = smaller(g.K, k_begin + plan.part_length);
    const int64_t steps = (k_end - k_begin + kSteps - 1) / kSteps;
    a.data = all_a + at.matrix * g.a_step, b.data = all_b + at.matrix * g.b_step;
    const auto fetch_step = [&](int64_t step) {
      T* const stage = shared + step % kStages * kStage;
      const int64_t k = k_begin + step * kSteps;
      if (step < steps) {
        fetch<kSize, kSteps, kThreads, kUnit>(a, stage, first_row, k, k_end, thread);
        fetch<kSize, kSteps, kThreads, kUnit>(b, stage + kElements<kAlongA>, first_column, k, k_end, thread);
      }
      copy_async_commit();
    };
    float sums[kDown][kAcross][4] = {};
    for (int64_t step = 0; step + 1 < kStages; ++step) fetch_step(step);
    for (int64_t step = 0; step < steps; ++step) {
      copy_async_wait<kStages - 2>();
      sync_threads();
      fetch_step(step + kStages - 1);
      const T* const stage = shared + step % kStages * kStage;
      multiply_stage<kAlongA, kAlongB>(stage, stage + kElements<kAlongA>, lane, row, column, sums);
    }
    float* const rows = reinterpret_cast<float*>(shared);
    UNROLL
    for (int half = 0; half < 2 * kDown; ++half) {  // 8 rows of every warp at a time
      sync_threads();
      UNROLL
      for (int j = 0; j < kAcross; ++j) {
        UNROLL
        for (int e = 0; e < 2; ++e) {
          const int at_row = warp / 2 * 8 + lane / 4, at_column = column + 8 * j + lane % 4 * 2 + e;
          rows[at_row * kStagePitch<kSize> + at_column] = sums[half / 2][j][half % 2 * 2 + e];
        }
      }
      sync_threads();
      const auto row_of = [&](int r) { return first_row + r / 8 * kWarpRows + half * 8 + r % 8; };
      store_stage<32, kSize, kThreads>(g, c, at.matrix * plan.parts + at.part, first_column, rows, thread, row_of);
    }
    sync_threads();  // before the next tile's first copies
  }
}

template <class T>
void run_type(const Stream& stream, const Gemm& g, const Plan& plan, const void* a, const void* b, void* c) {
  const uint32_t grid = grid_of(g.batch * plan.parts * plan.tiles());
  for_layouts(g, [&](auto along_a, auto along_b) {
    constexpr bool kAlongA = along_a, kAlongB = along_b;
    constexpr uint32_t kBytes = kStages * (kElements<kAlongA> + kElements<kAlongB>) * sizeof(T);
    const auto left = operand<T, kAlongA, kUnit>(a, g.M, g.K, g.lda, 0, g.a_step);
    const auto right = operand<T, kAlongB, kUnit>(b, columns_of_b(g), g.K, g.ldb, g.b_panel, g.b_step);
    launch<multiply<T, kAlongA, kAlongB>>(stream, {grid, kThreads, kBytes}, g, plan, left, right, c);
  });
}

}  // namespace

void tensor_core_tiles(const Stream& stream, const Gemm& g, const Plan& plan, const void* a, const void* b,
                       void* c) {
  if (g.type == DType::bf16) run_type<Bf16>(stream, g, plan, a, b, c);
  else run_type<F16>(stream, g, plan, a, b, c);
}

}  // namespace anacrusis::cuda
