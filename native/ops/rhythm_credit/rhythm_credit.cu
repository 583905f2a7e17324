#include "rhythm_credit_row.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const RhythmCredit& a, const Stream& stream) { rows(stream, a.S, a.T, RhythmCreditRow{a}); }

}  // namespace anacrusis::cuda
