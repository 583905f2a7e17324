// One launch for all arrays: 4096 elements a block, 16 bytes a load, float64 sums of every tile. Then one
// block adds the tiles' sums: every thread its own in order, the threads in a fixed tree.
#include "global_norm.h"
#include "runtime/device_tiles.h"

namespace anacrusis::cuda {
namespace {

constexpr int kLastThreads = 512;

struct Part {
  double squares, nonfinite;
};

KERNEL_BOUNDS(kTileThreads, 4) tile_norms(Tiles tiles, const View<const float>* arrays, Part* parts) {
  SHARED(double, partials, [kTileThreads / kWarp]);
  for (int64_t tile = blockIdx.x; tile < tiles.count; tile += gridDim.x) {
    const int64_t k = tiles.array_of(tile), begin = tiles.begin(tile, k);
    const float* const x = arrays[k].data + begin;
    const int64_t length = tiles.length(begin, arrays[k].size);
    double squares = 0.0, bad = 0.0;
    each_of<kTileThreads>(static_cast<int>(threadIdx.x), length, aligned_to_four(x), [&](int64_t i, auto width) {
      const auto some = load_some<width>(x + i);
      UNROLL
      for (int j = 0; j < width; ++j) {
        const double element = some.v[j];
        squares += element * element;
        bad += some.v[j] - some.v[j] == 0.0f ? 0.0 : 1.0;
      }
    });
    squares = block_sum(squares, partials);
    bad = block_sum(bad, partials);
    if (threadIdx.x == 0) parts[tile] = {squares, bad};
  }
}

KERNEL_BOUNDS(kLastThreads, 1) whole_norm(GlobalNorm a, int64_t count, const Part* parts) {
  SHARED(double, partials, [kLastThreads / kWarp]);
  double squares = 0.0, bad = 0.0;
  for (int64_t i = threadIdx.x; i < count; i += kLastThreads) {
    squares += parts[i].squares;
    bad += parts[i].nonfinite;
  }
  squares = block_sum(squares, partials);
  bad = block_sum(bad, partials);
  if (threadIdx.x != 0) return;
  a.norm[0] = ::sqrt(squares);
  if (a.nonfinite) a.nonfinite[0] = bad;
}

}  // namespace

void run(const GlobalNorm& a, const Stream& stream) {
  const TileTable table(stream, a.grads);
  const DeviceScratch<View<const float>> arrays(stream, a.grads.items, a.grads.count);
  const Tiles tiles = table.tiles();
  const DeviceScratch<Part> parts(stream, tiles.count);
  launch<tile_norms>(stream, {table.grid(), kTileThreads}, tiles,
                     static_cast<const View<const float>*>(arrays.data()), parts.data());
  launch<whole_norm>(stream, {1, kLastThreads}, a, tiles.count, static_cast<const Part*>(parts.data()));
}

}  // namespace anacrusis::cuda
