#include "ops/unary/unary_functions.h"
#include "runtime/device_loops.cuh"
#include "unary_backward.h"

namespace anacrusis::cuda {

void run(const UnaryBackward& a, const Stream& stream) {
  visit_unary(a.fn, [&]<class F>(F) {
    map(stream, a.n, UnaryGradientElement<F>{a.x.data, a.y.data, a.dy.data, a.dx.data});
  });
}

}  // namespace anacrusis::cuda
