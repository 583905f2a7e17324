#include "categorical_sample_row.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const CategoricalSample& a, const Stream& stream) { rows(stream, a.N, a.V, CategoricalSampleRow{a}); }

}  // namespace anacrusis::cuda
