#include "gae_row.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const Gae& a) { rows(a.N, a.T, GaeRow{a}); }

}  // namespace anacrusis::ANACRUSIS_ISA
