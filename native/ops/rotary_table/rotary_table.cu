#include "rotary_table.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const RotaryTable& a, const Stream& stream) {
  rows(stream, a.P, 100 * a.half, RotaryTableRow{a});
}

}  // namespace anacrusis::cuda
