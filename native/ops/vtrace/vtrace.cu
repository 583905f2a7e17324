#include "vtrace.h"

#include "ops/scan.cuh"

namespace anacrusis::cuda {

void run(const Vtrace& a, const Stream& stream) { scan(stream, problem_of(a), formula_of(a)); }

}  // namespace anacrusis::cuda
