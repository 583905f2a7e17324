#include "runtime/parallel.h"
#include "unary_functions.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const Unary& a) {
  visit_unary(a.fn, [&]<class F>(F) { map(a.n, UnaryElement<F>{a.x.data, a.y.data}); });
}

}  // namespace anacrusis::ANACRUSIS_ISA
