#include "gae.h"

#include "ops/scan.cuh"

namespace anacrusis::cuda {

void run(const Gae& a, const Stream& stream) { scan(stream, problem_of(a), formula_of(a)); }

}  // namespace anacrusis::cuda
