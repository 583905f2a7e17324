// Three reads and a write of a row (mean, variance around it, result); short rows find all but the first in
// the L1 cache.
#include "layer_norm.h"
#include "math/layer_norm.h"
#include "runtime/device_rows.h"

namespace anacrusis::cuda {
namespace {

struct LayerNormRow {
  LayerNorm a;
  bool wide;

  template <class Row>
  DEVICE_METHOD void operator()(const Row& row) const {
    const float* const x = a.x.data + row.index * a.D;
    float* const y = a.y.data + row.index * a.D;
    const float inverse_D = 1.0f / static_cast<float>(a.D);
    float sum = 0.0f, squares = 0.0f;
    row.each(a.D, wide, [&](int64_t i, auto width) {
      const auto some = load_some<width>(x + i);
      UNROLL
      for (int j = 0; j < width; ++j) sum += some.v[j];
    });
    const float mean = row.sum(sum) * inverse_D;
    row.each(a.D, wide, [&](int64_t i, auto width) {
      const auto some = load_some<width>(x + i);
      UNROLL
      for (int j = 0; j < width; ++j) squares += (some.v[j] - mean) * (some.v[j] - mean);
    });
    const float inv_std = math::inverse_deviation(row.sum(squares), inverse_D, static_cast<float>(a.eps));
    if (row.first()) {
      a.mean[row.index] = mean;
      a.inv_std[row.index] = inv_std;
    }
    row.each(a.D, wide, [&](int64_t i, auto width) {
      auto some = load_some<width>(x + i);
      const auto gain = load_some<width>(a.weight.data + i);
      Vec<float, width> shift{};
      if (a.bias) shift = load_some<width>(a.bias.data + i);
      UNROLL
      for (int j = 0; j < width; ++j) {
        some.v[j] = math::layer_norm(some.v[j], mean, inv_std, gain.v[j], shift.v[j]);
      }
      store_some<width>(y + i, some);
    });
  }
};

}  // namespace

void run(const LayerNorm& a, const Stream& stream) {
  const bool wide = wide_rows(a.D, a.x.data, a.y.data, a.weight.data, a.bias.data);
  cooperative_rows(stream, a.N, a.D, LayerNormRow{a, wide});
}

}  // namespace anacrusis::cuda
