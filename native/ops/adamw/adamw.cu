// One launch for all tensors: 4096 elements a block, 16 bytes a load. The pointers, sizes and decay flags
// travel as one table.
#include "adamw.h"
#include "math/adamw.h"
#include "runtime/device_tiles.h"

namespace anacrusis::cuda {
namespace {

struct Tensor {
  float *params, *m, *v;
  const float* grads;
  int64_t size;
  float keep;
};

KERNEL_BOUNDS(kTileThreads, 4) update_tiles(Tiles tiles, const Tensor* tensors, math::AdamWStep step) {
  for (int64_t tile = blockIdx.x; tile < tiles.count; tile += gridDim.x) {
    const int64_t k = tiles.array_of(tile), begin = tiles.begin(tile, k);
    const Tensor tensor = tensors[k];
    float *const p = tensor.params + begin, *const m = tensor.m + begin, *const v = tensor.v + begin;
    const float* const g = tensor.grads + begin;
    const int64_t length = tiles.length(begin, tensor.size);
    const bool wide = aligned_to_four(p, m, v, g);
    each_of<kTileThreads>(static_cast<int>(threadIdx.x), length, wide, [&](int64_t i, auto width) {
      auto param = load_some<width>(p + i), first = load_some<width>(m + i), second = load_some<width>(v + i);
      const auto gradient = load_some<width>(g + i);
      UNROLL
      for (int j = 0; j < width; ++j) {
        math::adamw_update(step, tensor.keep, gradient.v[j], param.v[j], first.v[j], second.v[j]);
      }
      store_some<width>(p + i, param);
      store_some<width>(m + i, first);
      store_some<width>(v + i, second);
    });
  }
}

}  // namespace

void run(const Adamw& a, const Stream& stream) {
  const math::AdamWStep step =
      math::adamw_step(static_cast<double>(a.step), a.lr, a.beta1, a.beta2, a.eps, a.grad_scale);
  const auto decayed = static_cast<float>(1.0 - a.lr * a.weight_decay);
  std::vector<Tensor> list;
  for (int64_t k = 0; k < a.K; ++k) {
    list.push_back({a.params[k].data, a.m[k].data, a.v[k].data, a.grads[k].data, a.params[k].size,
                    a.decay[k] != 0 ? decayed : 1.0f});
  }
  const TileTable table(stream, a.params);
  const DeviceScratch<Tensor> tensors(stream, list.data(), a.K);
  launch<update_tiles>(stream, {table.grid(), kTileThreads}, table.tiles(),
                       static_cast<const Tensor*>(tensors.data()), step);
}

}  // namespace anacrusis::cuda
