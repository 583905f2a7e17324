// Two reads and a write of a row; short rows find the second read in the L1 cache.
#include "log_softmax.h"
#include "ops/softmax/softmax_statistics.h"

namespace anacrusis::cuda {
namespace {

struct LogSoftmaxRow {
  LogSoftmax a;
  bool wide;

  template <class Row>
  DEVICE_METHOD void operator()(const Row& row) const {
    const float* const x = a.x.data + row.index * a.V;
    float* const y = a.y.data + row.index * a.V;
    const SoftmaxStatistics of = softmax_statistics(row, x, a.V, wide);
    const float log_sum = ::logf(of.sum);
    row.each(a.V, wide, [&](int64_t i, auto width) {
      auto some = load_some<width>(x + i);
      UNROLL
      for (int j = 0; j < width; ++j) some.v[j] = (some.v[j] - of.max) - log_sum;
      store_some<width>(y + i, some);
    });
  }
};

}  // namespace

void run(const LogSoftmax& a, const Stream& stream) {
  cooperative_rows(stream, a.N, a.V, LogSoftmaxRow{a, wide_rows(a.V, a.x.data, a.y.data)});
}

}  // namespace anacrusis::cuda
