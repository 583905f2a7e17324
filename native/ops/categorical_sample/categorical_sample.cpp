#include "categorical_sample_row.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const CategoricalSample& a) { rows(a.N, 8 * a.V, CategoricalSampleRow{a}); }

}  // namespace anacrusis::ANACRUSIS_ISA
