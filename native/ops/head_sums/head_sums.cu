#include "head_sums_element.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const HeadSums& a, const Stream& stream) { map(stream, a.S * a.L, HeadSumsElement{a}); }

}  // namespace anacrusis::cuda
