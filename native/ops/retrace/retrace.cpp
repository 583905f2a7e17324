// What a step gets must not depend on whether it is in a vector or beside one, where GCC contracts otherwise.
#pragma GCC optimize("fp-contract=off")

#include "retrace.h"

#include "ops/scan_cpu.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const Retrace& a) { scan(problem_of(a), formula_of(a)); }

}  // namespace anacrusis::ANACRUSIS_ISA
