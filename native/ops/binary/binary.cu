#include "binary_functions.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {
namespace {

template <class Function>
struct BinaryElement {
  Binary x;

  FORMULA_METHOD void operator()(int64_t i) const {
    const int64_t i3 = i % x.d3, row = i / x.d3;
    const int64_t i2 = row % x.d2, plane = row / x.d2;
    const int64_t i1 = plane % x.d1, i0 = plane / x.d1;
    const float a = x.a[i0 * x.a_s0.value + i1 * x.a_s1.value + i2 * x.a_s2.value + i3 * x.a_s3.value];
    const float b = x.b[i0 * x.b_s0.value + i1 * x.b_s1.value + i2 * x.b_s2.value + i3 * x.b_s3.value];
    x.y[i] = Function::value(a, b);
  }
};

}  // namespace

void run(const Binary& x, const Stream& stream) {
  visit_binary(x.fn, [&]<class F>(F) { map(stream, x.y.size, BinaryElement<F>{x}); });
}

}  // namespace anacrusis::cuda
