#include "unary_backward.h"

#include "ops/unary/unary_functions.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const UnaryBackward& a) {
  visit_unary(a.fn, [&]<class F>(F) {
    map(a.n, UnaryGradientElement<F>{a.x.data, a.y.data, a.dy.data, a.dx.data});
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
