#include "runtime/parallel.h"
#include "shape_advantages_kernel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const ShapeAdvantages& a) { map(a.T, ShapeAdvantagesKernel{a}); }

}  // namespace anacrusis::ANACRUSIS_ISA
