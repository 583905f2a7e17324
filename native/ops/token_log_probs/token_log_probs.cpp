#include "runtime/parallel.h"
#include "token_log_probs_row.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const TokenLogProbs& a) { rows(a.T, a.V, TokenLogProbsRow{a}); }

}  // namespace anacrusis::ANACRUSIS_ISA
