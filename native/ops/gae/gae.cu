#include "gae_row.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const Gae& a, const Stream& stream) { rows(stream, a.N, a.T, GaeRow{a}); }

}  // namespace anacrusis::cuda
