#include "head_sums_element.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const HeadSums& a, const Stream& stream) {
  const DeviceScratch<uint8_t> heads(stream, a.heads.data, a.heads.size);
  HeadSums on_device = a;
  on_device.heads.data = heads.data();
  map(stream, a.S * a.L, HeadSumsElement{on_device});
}

}  // namespace anacrusis::cuda
