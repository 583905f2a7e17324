#include "runtime/device_loops.cuh"
#include "token_log_probs_backward_row.h"

namespace anacrusis::cuda {

void run(const TokenLogProbsBackward& a, const Stream& stream) {
  rows(stream, a.T, a.V, TokenLogProbsBackwardRow{a});
}

}  // namespace anacrusis::cuda
