#include "head_sums_element.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const HeadSums& a) { map(a.S * a.L, HeadSumsElement{a}); }

}  // namespace anacrusis::ANACRUSIS_ISA
