// One launch for all arrays: 4096 elements a block, 16 bytes a load.
#include "runtime/device_tiles.h"
#include "scale_arrays.h"

namespace anacrusis::cuda {
namespace {

KERNEL_BOUNDS(kTileThreads, 4) scale_tiles(Tiles tiles, const View<float>* arrays, float scale) {
  for (int64_t tile = blockIdx.x; tile < tiles.count; tile += gridDim.x) {
    const int64_t k = tiles.array_of(tile), begin = tiles.begin(tile, k);
    float* const x = arrays[k].data + begin;
    const int64_t length = tiles.length(begin, arrays[k].size);
    each_of<kTileThreads>(static_cast<int>(threadIdx.x), length, aligned_to_four(x), [&](int64_t i, auto width) {
      auto some = load_some<width>(x + i);
      UNROLL
      for (int j = 0; j < width; ++j) some.v[j] *= scale;
      store_some<width>(x + i, some);
    });
  }
}

}  // namespace

void run(const ScaleArrays& a, const Stream& stream) {
  const TileTable table(stream, a.arrays);
  const DeviceScratch<View<float>> arrays(stream, a.arrays.items, a.arrays.count);
  launch<scale_tiles>(stream, {table.grid(), kTileThreads}, table.tiles(),
                      static_cast<const View<float>*>(arrays.data()), static_cast<float>(a.scale));
}

}  // namespace anacrusis::cuda
