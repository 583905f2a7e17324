#include "rhythm_credit_row.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const RhythmCredit& a, const Stream& stream) {
  const DeviceScratch<int32_t> offsets(stream, a.offsets.data, a.offsets.size);
  RhythmCredit on_device = a;
  on_device.offsets.data = offsets.data();
  rows(stream, a.S, a.T, RhythmCreditRow{on_device});
}

}  // namespace anacrusis::cuda
