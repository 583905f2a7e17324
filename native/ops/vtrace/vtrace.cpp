#include "vtrace.h"

#include "ops/scan_cpu.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const Vtrace& a) { scan(problem_of(a), formula_of(a)); }

}  // namespace anacrusis::ANACRUSIS_ISA
