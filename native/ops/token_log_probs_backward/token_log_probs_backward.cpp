#include "runtime/parallel.h"
#include "token_log_probs_backward_row.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const TokenLogProbsBackward& a) { rows(a.T, a.V, TokenLogProbsBackwardRow{a}); }

}  // namespace anacrusis::ANACRUSIS_ISA
