#include "approx_kl_kernel.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {

namespace {

template <bool kMasked>
void estimate(const ApproxKl& a, const Stream& stream) {
  if (a.estimator.index == 0) return map(stream, a.T, ApproxKlKernel<0, kMasked>{a});
  if (a.estimator.index == 1) return map(stream, a.T, ApproxKlKernel<1, kMasked>{a});
  map(stream, a.T, ApproxKlKernel<2, kMasked>{a});
}

}  // namespace

void run(const ApproxKl& a, const Stream& stream) {
  a.mask ? estimate<true>(a, stream) : estimate<false>(a, stream);
}

}  // namespace anacrusis::cuda
