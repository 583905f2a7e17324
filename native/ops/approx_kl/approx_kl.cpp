#include "approx_kl_kernel.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

namespace {

template <bool kMasked>
void estimate(const ApproxKl& a) {
  if (a.estimator.index == 0) return map(a.T, ApproxKlKernel<0, kMasked>{a});
  if (a.estimator.index == 1) return map(a.T, ApproxKlKernel<1, kMasked>{a});
  map(a.T, ApproxKlKernel<2, kMasked>{a});
}

}  // namespace

void run(const ApproxKl& a) { a.mask ? estimate<true>(a) : estimate<false>(a); }

}  // namespace anacrusis::ANACRUSIS_ISA
