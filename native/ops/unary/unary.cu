#include "runtime/device_loops.cuh"
#include "unary_functions.h"

namespace anacrusis::cuda {

void run(const Unary& a, const Stream& stream) {
  visit_unary(a.fn, [&]<class F>(F) { map(stream, a.n, UnaryElement<F>{a.x.data, a.y.data}); });
}

}  // namespace anacrusis::cuda
