#include "runtime/device_loops.cuh"
#include "swiglu_gradient_element.h"

namespace anacrusis::cuda {

void run(const SwigluBackward& a, const Stream& stream) {
  map(stream, a.n,
      SwigluGradientElement{a.gate.data, a.up.data, a.dy.data, a.dgate.data, a.dup.data});
}

}  // namespace anacrusis::cuda
