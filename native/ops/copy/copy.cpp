#include "copy.h"

#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const Copy& a) {
  const float* x = a.x.data;
  float* y = a.y.data;
  parallel_for(a.n, 65536, [&](int64_t begin, int64_t end) {
    // As a loop of this build's vectors: a call to memcpy would use what the processor has.
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = x[i];
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
