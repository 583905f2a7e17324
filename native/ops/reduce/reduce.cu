#include "math/binary.h"
#include "reduce.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {
namespace {

// One thread per result.
struct ReduceColumn {
  Reduce a;

  FORMULA_METHOD void operator()(int64_t i) const {
    const float* const x = a.x.data + i / a.inner * a.n * a.inner + i % a.inner;
    if (a.fn.index == Reduce::max) return extreme<math::Max>(x, i);
    if (a.fn.index == Reduce::min) return extreme<math::Min>(x, i);
    double sum = 0.0;
    for (int64_t k = 0; k < a.n; ++k) sum += x[k * a.inner];
    a.y[i] = static_cast<float>(a.fn.index == Reduce::mean ? sum / static_cast<double>(a.n) : sum);
  }

  template <class Better>
  FORMULA_METHOD void extreme(const float* x, int64_t i) const {
    float best = x[0];
    int32_t found = 0;
    for (int64_t k = 1; k < a.n; ++k) {
      const float next = Better::value(best, x[k * a.inner]);
      if (next != best && best == best) found = static_cast<int32_t>(k);
      best = next;
    }
    a.y[i] = best;
    if (a.index) a.index[i] = found;
  }
};

}  // namespace

void run(const Reduce& a, const Stream& stream) { map(stream, a.outer * a.inner, ReduceColumn{a}); }

}  // namespace anacrusis::cuda
