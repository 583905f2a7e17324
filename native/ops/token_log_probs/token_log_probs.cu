#include "runtime/device_loops.cuh"
#include "token_log_probs_row.h"

namespace anacrusis::cuda {

void run(const TokenLogProbs& a, const Stream& stream) {
  rows(stream, a.T, a.V, TokenLogProbsRow{a});
}

}  // namespace anacrusis::cuda
