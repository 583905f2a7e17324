// A block of 256 threads makes a tile of c, 128 x 128 or 64 x 64; a thread holds 8 x 8 or 4 x 4 of its
// elements in registers, so that an element that is read from shared memory serves 8 (4) products. Tiles of
// a and b, 16 deep, are copied asynchronously while the tiles before them are multiplied, one barrier a
// step. They lie as they do in global memory; a thread's places are chosen so that it reads four elements at
// a time and a warp reads distinct banks either way: spread by 16 where k is contiguous (a row pitch of 20
// elements), four in a row else. The chains of kGemmSlice products are added to totals in registers: that
// costs an addition in 128 and makes the order that of the thin kernel. Small outputs take the small tile
// for the sake of more blocks; 16-bit operands go to the tensor cores (gemm_tensor_core.cu). With transpose_a (a gradient of a weight) a long K is cut by the sizes of c.
#include "gemm_plan.h"

namespace anacrusis::cuda {
namespace {

constexpr int kThreads = 256, kDepth = 16, kSide = 16;  // kSide x kSide threads
constexpr int64_t kManyTiles = 128, kLeastPart = 4 * kGemmSlice;

// The place in its tile of a thread's i-th element along one side.
template <bool kAlong>
DEVICE int place(int thread, int i) {
  return kAlong ? thread + kSide * i : i / 4 * 4 * kSide + thread * 4 + i % 4;
}

// out[i][s] = the operand at place(thread, i) and k + s.
template <class T, bool kAlong, int kTile>
DEVICE void fragment(const T* shared, int thread, int k, float (&out)[kTile / kSide][4]) {
  constexpr int kStep = kPitch<kAlong, kTile, kDepth>;
  if constexpr (kAlong) {
    UNROLL
    for (int i = 0; i < kTile / kSide; ++i) {
      const auto four = *reinterpret_cast<const Vec<T, 4>*>(shared + (thread + kSide * i) * kStep + k);
      UNROLL
      for (int s = 0; s < 4; ++s) out[i][s] = math::to_float(four.v[s]);
    }
  } else {
    UNROLL
    for (int s = 0; s < 4; ++s) {
      UNROLL
      for (int i = 0; i < kTile / kSide; i += 4) {
        const auto four =
            *reinterpret_cast<const Vec<T, 4>*>(shared + (k + s) * kStep + i * kSide + thread * 4);
        UNROLL
        for (int j = 0; j < 4; ++j) out[i + j][s] = math::to_float(four.v[j]);
      }
    }
  }
}

template <int kEach>
DEVICE void close_slice(float (&sums)[kEach][kEach], float (&totals)[kEach][kEach]) {
  UNROLL
  for (int i = 0; i < kEach; ++i) {
    UNROLL
    for (int j = 0; j < kEach; ++j) {
      totals[i][j] += sums[i][j];
      sums[i][j] = 0.0f;
    }
  }
}

template <class T, int kTile, bool kAlongA, bool kAlongB>
KERNEL_BOUNDS(kThreads, 1) tiled(Gemm g, Plan plan, Operand<T, kAlongA> a, Operand<T, kAlongB> b, void* c) {
  constexpr int kEach = kTile / kSide;
  using Four = Vec<T, 4>;
  constexpr int kFoursA = kTileElements<kAlongA, kTile, kDepth> / 4;
  constexpr int kFoursB = kTileElements<kAlongB, kTile, kDepth> / 4;
  SHARED(Four, a_tiles, [2][kFoursA]);
  SHARED(Four, b_tiles, [2][kFoursB]);
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarp, lane = thread % kWarp;
  const int down = warp / 2 * 4 + lane / 8, across = warp % 2 * 8 + lane % 8;
  const T *const all_a = a.data, *const all_b = b.data;
  const int64_t work = g.batch * plan.parts * plan.tiles();
  for (int64_t index = blockIdx.x; index < work; index += gridDim.x) {
    const TileAt at = tile_at(plan, index);
    const int64_t first_row = at.row * kTile, first_column = at.column * kTile;
    const int64_t k_begin = at.part * plan.part_length;
    const int64_t k_end = smaller(g.K, k_begin + plan.part_length);
    a.data = all_a + at.matrix * g.a_step, b.data = all_b + at.matrix * g.b_step;
    const auto fetch_step = [&](int64_t step) {
      const int64_t k = k_begin + step * kDepth;
      fetch<kTile, kDepth, kThreads>(a, a_tiles[step % 2][0].v, first_row, k, k_end, thread);
      fetch<kTile, kDepth, kThreads>(b, b_tiles[step % 2][0].v, first_column, k, k_end, thread);
      copy_async_commit();
    };
    float sums[kEach][kEach] = {}, totals[kEach][kEach] = {};
    const int64_t steps = (k_end - k_begin + kDepth - 1) / kDepth;
    if (steps > 0) fetch_step(0);
    for (int64_t step = 0; step < steps; ++step) {
      copy_async_wait<0>();
      sync_threads();
      if (step + 1 < steps) fetch_step(step + 1);
      UNROLL
      for (int k = 0; k < kDepth; k += 4) {
        float left[kEach][4], right[kEach][4];
        fragment<T, kAlongA, kTile>(a_tiles[step % 2][0].v, down, k, left);
        fragment<T, kAlongB, kTile>(b_tiles[step % 2][0].v, across, k, right);
        UNROLL
        for (int s = 0; s < 4; ++s) {
          UNROLL
          for (int i = 0; i < kEach; ++i) {
            UNROLL
            for (int j = 0; j < kEach; ++j) sums[i][j] += left[i][s] * right[j][s];
          }
        }
      }
      if ((step + 1) * kDepth % kGemmSlice == 0) close_slice(sums, totals);
    }
    close_slice(sums, totals);
    float* const stage = reinterpret_cast<float*>(a_tiles);
    static_assert(sizeof(a_tiles) >= kSide * kStagePitch<kTile> * sizeof(float));
    UNROLL
    for (int i = 0; i < kEach; ++i) {
      sync_threads();
      UNROLL
      for (int j = 0; j < kEach; ++j) {
        stage[down * kStagePitch<kTile> + place<kAlongB>(across, j)] = totals[i][j];
      }
      sync_threads();
      const auto row_of = [&](int r) { return first_row + place<kAlongA>(r, i); };
      store_stage<kSide, kTile, kThreads>(g, c, at.matrix * plan.parts + at.part, first_column, stage, thread, row_of);
    }
    sync_threads();  // before the next tile's first copies
  }
}

// c of each matrix from the sums of its parts, [batch][parts][M][N].
KERNEL add_parts(Gemm g, int64_t parts, const float* sums, void* c) {
  const int64_t elements = g.M * g.N, stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < g.batch * elements; i += stride) {
    const int64_t matrix = i / elements, element = i % elements;
    const float* const first = sums + matrix * parts * elements + element;
    float total = 0.0f;
    for (int64_t part = 0; part < parts; ++part) total += first[part * elements];
    store_product(g, c, matrix, element / g.N, element % g.N, total);
  }
}

template <int kTile>
void run_tiles(const Stream& stream, const Gemm& g, const Plan& plan, const void* a, const void* b, void* c) {
  const uint32_t grid = grid_of(g.batch * plan.parts * plan.tiles());
  for_layouts(g, [&](auto along_a, auto along_b) {
    constexpr bool kAlongA = along_a, kAlongB = along_b;
    const auto left = operand<float, kAlongA>(a, g.M, g.K, g.lda, 0, g.a_step);
    const auto right = operand<float, kAlongB>(b, columns_of_b(g), g.K, g.ldb, g.b_panel, g.b_step);
    launch<tiled<float, kTile, kAlongA, kAlongB>>(stream, {grid, kThreads}, g, plan, left, right, c);
  });
}

// The parts that K is cut into: 1 where the order of the sums must not depend on M.
int64_t parts_of_k(const Gemm& g, int64_t tiles) {
  if (!g.transpose_a || tiles >= kManyTiles) return 1;
  const int64_t most = tiles_along(g.K, kLeastPart), wanted = 2 * kManyTiles / tiles;
  return larger(1, smaller(most, wanted));
}

}  // namespace

void tiled_gemm(const Stream& stream, const Gemm& g, const void* a, const void* b, void* c) {
  const bool narrow = g.type != DType::f32;
  const bool large = narrow || g.batch * tiles_along(g.M, 128) * tiles_along(g.N, 128) >= kManyTiles;
  const int64_t tile = large ? 128 : 64;
  Plan plan{tiles_along(g.M, tile), tiles_along(g.N, tile), 1, 0};
  const int64_t parts = parts_of_k(g, g.batch * plan.tiles());
  plan.part_length = tiles_along(tiles_along(g.K, parts), kGemmSlice) * kGemmSlice;
  plan.parts = parts == 1 ? 1 : tiles_along(g.K, plan.part_length);
  const auto run_any = [&](const Gemm& x, void* out) {
    if (narrow) tensor_core_tiles(stream, x, plan, a, b, out);
    else if (large) run_tiles<128>(stream, x, plan, a, b, out);
    else run_tiles<64>(stream, x, plan, a, b, out);
  };
  if (plan.parts == 1) return run_any(g, c);
  const DeviceScratch<float> sums(stream, g.batch * plan.parts * g.M * g.N);
  Gemm part = g;
  part.ldc = g.N, part.c_step = g.M * g.N, part.c_type = DType::f32;
  part.alpha = 1.0f, part.beta = 0.0f, part.bias = nullptr;
  run_any(part, sums.data());
  const uint32_t grid = grid_of(tiles_along(g.batch * g.M * g.N, kThreads));
  launch<add_parts>(stream, {grid, kThreads}, g, plan.parts, static_cast<const float*>(sums.data()), c);
}

}  // namespace anacrusis::cuda
