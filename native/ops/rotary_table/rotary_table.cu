#include "rotary_table.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const RotaryTable& a, const Stream& stream) {
  map(stream, a.P * a.half, RotaryTableElement{a});
}

}  // namespace anacrusis::cuda
