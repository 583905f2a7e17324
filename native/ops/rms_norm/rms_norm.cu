// Two reads and a write of a row; short rows find the second read in the L1 cache.
#include "math/rms_norm.h"
#include "rms_norm.h"
#include "runtime/device_rows.h"

namespace anacrusis::cuda {
namespace {

struct RmsNormRow {
  RmsNorm a;
  bool wide;

  template <class Row>
  DEVICE_METHOD void operator()(const Row& row) const {
    const float *const x = a.x.data + row.index * a.D, *const weight = a.weight.data;
    float* const y = a.y.data + row.index * a.D;
    float squares = 0.0f;
    row.each(a.D, wide, [&](int64_t i, auto width) {
      const auto some = load_some<width>(x + i);
      UNROLL
      for (int j = 0; j < width; ++j) squares += some.v[j] * some.v[j];
    });
    const float inv_rms = math::inverse_rms(row.sum(squares), 1.0f / static_cast<float>(a.D),
                                            static_cast<float>(a.eps));
    if (row.first()) a.inv_rms[row.index] = inv_rms;
    row.each(a.D, wide, [&](int64_t i, auto width) {
      auto some = load_some<width>(x + i);
      const auto gain = load_some<width>(weight + i);
      UNROLL
      for (int j = 0; j < width; ++j) some.v[j] = math::rms_norm(some.v[j], inv_rms, gain.v[j]);
      store_some<width>(y + i, some);
    });
  }
};

}  // namespace

void run(const RmsNorm& a, const Stream& stream) {
  const bool wide = wide_rows(a.D, a.x.data, a.y.data, a.weight.data);
  cooperative_rows(stream, a.N, a.D, RmsNormRow{a, wide});
}

}  // namespace anacrusis::cuda
