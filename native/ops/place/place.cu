#include "place_element.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const Place& a, const Stream& stream) { map(stream, a.outer * a.n * a.inner, PlaceElement{a}); }

}  // namespace anacrusis::cuda
