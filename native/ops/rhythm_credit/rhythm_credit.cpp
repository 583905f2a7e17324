#include "rhythm_credit_row.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const RhythmCredit& a) {
  constexpr int64_t kSweeps = 100;  // over the tokens of a row
  rows(a.S, kSweeps * (1 + a.T / (a.S + 1)), RhythmCreditRow{{a}});
}

}  // namespace anacrusis::ANACRUSIS_ISA
