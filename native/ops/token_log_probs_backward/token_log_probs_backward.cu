#include "token_log_probs_backward_row.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const TokenLogProbsBackward& a, const Stream& stream) {
  rows(stream, a.T, a.V, TokenLogProbsBackwardRow{a});
}

}  // namespace anacrusis::cuda
