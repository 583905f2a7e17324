// The gradients of weight and bias first, column by column: dx may lie where dy does. Then dx, row by row.
#include "layer_norm_backward.h"
#include "math/layer_norm.h"
#include "runtime/device_columns.h"
#include "runtime/device_rows.h"

namespace anacrusis::cuda {
namespace {

struct WeightTerms {
  LayerNormBackward a;

  DEVICE_METHOD void operator()(int64_t row, int64_t column, float (&sums)[2]) const {
    const int64_t at = row * a.D + column;
    const float dy = a.dy[at];
    sums[0] += dy * math::normalized(a.x[at], a.mean[row], a.inv_std[row]);
    sums[1] += dy;
  }
};

struct AddWeights {
  LayerNormBackward a;

  DEVICE_METHOD void operator()(int64_t column, const double (&totals)[2]) const {
    a.dweight[column] += static_cast<float>(totals[0]);
    if (a.dbias) a.dbias[column] += static_cast<float>(totals[1]);
  }
};

struct LayerNormBackwardRow {
  LayerNormBackward a;
  bool wide;

  template <class Row>
  DEVICE_METHOD void operator()(const Row& row) const {
    const int64_t first = row.index * a.D;
    const float *const x = a.x.data + first, *const dy = a.dy.data + first, *const weight = a.weight.data;
    float* const dx = a.dx.data + first;
    const float mean = a.mean[row.index], inv_std = a.inv_std[row.index];
    float sum_g = 0.0f, sum_gn = 0.0f;
    row.each(a.D, wide, [&](int64_t i, auto width) {
      const auto in = load_some<width>(x + i), some = load_some<width>(dy + i), gain = load_some<width>(weight + i);
      UNROLL
      for (int j = 0; j < width; ++j) {
        const float g = gain.v[j] * some.v[j];
        sum_g += g;
        sum_gn += g * math::normalized(in.v[j], mean, inv_std);
      }
    });
    const float inverse_D = 1.0f / static_cast<float>(a.D);
    const float mean_g = row.sum(sum_g) * inverse_D, mean_gn = row.sum(sum_gn) * inverse_D;
    row.each(a.D, wide, [&](int64_t i, auto width) {
      const auto in = load_some<width>(x + i), gain = load_some<width>(weight + i);
      auto some = load_some<width>(dy + i);
      UNROLL
      for (int j = 0; j < width; ++j) {
        some.v[j] = math::layer_norm_gradient(in.v[j], mean, inv_std, gain.v[j], some.v[j], mean_g, mean_gn);
      }
      store_some<width>(dx + i, some);
    });
  }
};

}  // namespace

void run(const LayerNormBackward& a, const Stream& stream) {
  column_sums<2>(stream, a.N, a.D, WeightTerms{a}, AddWeights{a});
  const bool wide = wide_rows(a.D, a.x.data, a.dy.data, a.dx.data, a.weight.data);
  cooperative_rows(stream, a.N, a.D, LayerNormBackwardRow{a, wide});
}

}  // namespace anacrusis::cuda
