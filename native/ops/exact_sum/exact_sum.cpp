#include "exact_sum_kernel.h"
#include "runtime/isa.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const ExactSum& a) { ExactSumKernel{a}(0); }

}  // namespace anacrusis::ANACRUSIS_ISA
