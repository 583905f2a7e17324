#include "runtime/device_loops.cuh"
#include "swiglu_element.h"

namespace anacrusis::cuda {

void run(const Swiglu& a, const Stream& stream) {
  map(stream, a.n, SwigluElement{a.gate.data, a.up.data, a.y.data});
}

}  // namespace anacrusis::cuda
