#include "runtime/device_loops.cuh"
#include "shape_advantages_kernel.h"

namespace anacrusis::cuda {

void run(const ShapeAdvantages& a, const Stream& stream) {
  map(stream, a.T, ShapeAdvantagesKernel{a});
}

}  // namespace anacrusis::cuda
