#include "rotary_table.h"

#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

// An element takes about a hundred times as long as one of a plain loop.
void run(const RotaryTable& a) { rows(a.P, 100 * a.half, RotaryTableRow{a}); }

}  // namespace anacrusis::ANACRUSIS_ISA
