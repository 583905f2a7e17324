#include "philox_normal.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const PhiloxNormal& a, const Stream& stream) {
  const auto block = stream_block(a);
  map(stream, block.count(), block);
}

}  // namespace anacrusis::cuda
