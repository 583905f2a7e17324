// The weight's gradient first, column by column: dx may lie where dy does. Then dx, row by row.
#include "math/rms_norm.h"
#include "rms_norm_backward.h"
#include "runtime/device_columns.h"
#include "runtime/device_rows.h"

namespace anacrusis::cuda {
namespace {

struct WeightTerm {
  RmsNormBackward a;

  DEVICE_METHOD void operator()(int64_t row, int64_t column, float (&sums)[1]) const {
    const int64_t at = row * a.D + column;
    sums[0] += a.dy[at] * (a.x[at] * a.inv_rms[row]);
  }
};

struct AddWeight {
  RmsNormBackward a;

  DEVICE_METHOD void operator()(int64_t column, const double (&totals)[1]) const {
    a.dweight[column] += static_cast<float>(totals[0]);
  }
};

struct RmsNormBackwardRow {
  RmsNormBackward a;
  bool wide;

  template <class Row>
  DEVICE_METHOD void operator()(const Row& row) const {
    const int64_t first = row.index * a.D;
    const float *const x = a.x.data + first, *const dy = a.dy.data + first, *const weight = a.weight.data;
    float* const dx = a.dx.data + first;
    float sum = 0.0f;
    row.each(a.D, wide, [&](int64_t i, auto width) {
      const auto in = load_some<width>(x + i), some = load_some<width>(dy + i), gain = load_some<width>(weight + i);
      UNROLL
      for (int j = 0; j < width; ++j) sum += gain.v[j] * some.v[j] * in.v[j];
    });
    const float inv_rms = a.inv_rms[row.index];
    const float projection = inv_rms * inv_rms * (row.sum(sum) * (1.0f / static_cast<float>(a.D)));
    row.each(a.D, wide, [&](int64_t i, auto width) {
      const auto in = load_some<width>(x + i), gain = load_some<width>(weight + i);
      auto some = load_some<width>(dy + i);
      UNROLL
      for (int j = 0; j < width; ++j) {
        some.v[j] = math::rms_norm_gradient(in.v[j], inv_rms, gain.v[j], some.v[j], projection);
      }
      store_some<width>(dx + i, some);
    });
  }
};

}  // namespace

void run(const RmsNormBackward& a, const Stream& stream) {
  column_sums<1>(stream, a.N, a.D, WeightTerm{a}, AddWeight{a});
  const bool wide = wide_rows(a.D, a.x.data, a.dy.data, a.dx.data, a.weight.data);
  cooperative_rows(stream, a.N, a.D, RmsNormBackwardRow{a, wide});
}

}  // namespace anacrusis::cuda
