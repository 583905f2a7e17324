#include "philox_uniform.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const PhiloxUniform& a, const Stream& stream) {
  const auto block = stream_block(a);
  map(stream, block.count(), block);
}

}  // namespace anacrusis::cuda
