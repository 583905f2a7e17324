#include "exact_sum_kernel.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const ExactSum& a, const Stream& stream) { map(stream, 1, ExactSumKernel{a}); }

}  // namespace anacrusis::cuda
