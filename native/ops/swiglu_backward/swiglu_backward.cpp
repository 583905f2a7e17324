#include "runtime/parallel.h"
#include "swiglu_gradient_element.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const SwigluBackward& a) {
  map(a.n, SwigluGradientElement{a.gate.data, a.up.data, a.dy.data, a.dgate.data, a.dup.data});
}

}  // namespace anacrusis::ANACRUSIS_ISA
