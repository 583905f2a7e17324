#include "rotary_table.h"

#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

// An element takes about a hundred times as long as one of a plain loop.
void run(const RotaryTable& a) { rows(a.P * a.half, 100, RotaryTableElement{a}); }

}  // namespace anacrusis::ANACRUSIS_ISA
