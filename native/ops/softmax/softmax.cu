// Two reads and a write of a row; short rows find the second read in the L1 cache.
#include "softmax.h"
#include "softmax_statistics.h"

namespace anacrusis::cuda {
namespace {

struct SoftmaxRow {
  Softmax a;
  bool wide;

  template <class Row>
  DEVICE_METHOD void operator()(const Row& row) const {
    const float* const x = a.x.data + row.index * a.V;
    float* const y = a.y.data + row.index * a.V;
    const SoftmaxStatistics of = softmax_statistics(row, x, a.V, wide);
    const float scale = 1.0f / of.sum;
    row.each(a.V, wide, [&](int64_t i, auto width) {
      auto some = load_some<width>(x + i);
      UNROLL
      for (int j = 0; j < width; ++j) some.v[j] = math::softmax_weight(some.v[j], of.max) * scale;
      store_some<width>(y + i, some);
    });
  }
};

}  // namespace

void run(const Softmax& a, const Stream& stream) {
  cooperative_rows(stream, a.N, a.V, SoftmaxRow{a, wide_rows(a.V, a.x.data, a.y.data)});
}

}  // namespace anacrusis::cuda
