#include "runtime/parallel.h"
#include "swiglu_element.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const Swiglu& a) { map(a.n, SwigluElement{a.gate.data, a.up.data, a.y.data}); }

}  // namespace anacrusis::ANACRUSIS_ISA
