#include "cast.h"

#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

void run(const Cast& a, const Stream& stream) {
  visit_cast(a, [&](const auto& element) { map(stream, a.n, element); });
}

}  // namespace anacrusis::cuda
