#include "td_lambda.h"

#include "ops/scan.cuh"

namespace anacrusis::cuda {

void run(const TdLambda& a, const Stream& stream) { scan(stream, problem_of(a), formula_of(a)); }

}  // namespace anacrusis::cuda
