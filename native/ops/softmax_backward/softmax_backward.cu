// Two reads of a row and a write; short rows find the second read in the L1 cache.
#include "softmax_backward.h"
#include "math/softmax.h"
#include "runtime/device_rows.h"

namespace anacrusis::cuda {
namespace {

struct SoftmaxBackwardRow {
  SoftmaxBackward a;
  bool wide;

  template <class Row>
  DEVICE_METHOD void operator()(const Row& row) const {
    const int64_t first = row.index * a.V;
    float sum = 0.0f;
    row.each(a.V, wide, [&](int64_t i, auto width) {
      const auto y = load_some<width>(a.y.data + first + i), dy = load_some<width>(a.dy.data + first + i);
      UNROLL
      for (int j = 0; j < width; ++j) sum += dy.v[j] * y.v[j];
    });
    sum = row.sum(sum);
    row.each(a.V, wide, [&](int64_t i, auto width) {
      const auto y = load_some<width>(a.y.data + first + i);
      auto some = load_some<width>(a.dy.data + first + i);
      UNROLL
      for (int j = 0; j < width; ++j) some.v[j] = math::softmax_gradient(y.v[j], some.v[j], sum);
      store_some<width>(a.dx.data + first + i, some);
    });
  }
};

}  // namespace

void run(const SoftmaxBackward& a, const Stream& stream) {
  const bool wide = wide_rows(a.V, a.y.data, a.dy.data, a.dx.data);
  cooperative_rows(stream, a.N, a.V, SoftmaxBackwardRow{a, wide});
}

}  // namespace anacrusis::cuda
