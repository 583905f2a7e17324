// Order-independent sums (math/exact_sum.h) by many threads of a device.
#pragma once

#include "math/exact_sum.h"
#include "runtime/kernel.h"

namespace anacrusis::cuda {

// Adds x to a sum under way in shared or global memory: integer additions, so their order makes no
// difference. flags[3] are set to 1.
DEVICE void exact_add(uint64_t* limbs, int32_t* flags, double x) {
  const math::ExactTerms terms = math::exact_terms(x);
  for (int i = 0; i < 3; ++i) {
    if (terms.part[i] != 0) {
      atomic_add(limbs + terms.first + i, static_cast<uint64_t>(terms.part[i]));
    }
  }
  for (int i = 0; i < 3; ++i) {
    if ((terms.flags >> i & 1) != 0) atomic_max(flags + i, int32_t{1});
  }
}

// Carries and rounds; words[kExactWords].
DEVICE double exact_result(const uint64_t* limbs, const int32_t* flags, int32_t* words) {
  int64_t held[math::kExactLimbs];
  for (int i = 0; i < math::kExactLimbs; ++i) held[i] = static_cast<int64_t>(limbs[i]);
  math::exact_finish(held, flags[0] | flags[1] << 1 | flags[2] << 2, words);
  return math::exact_value(words);
}

// By one block: the sum of n numbers, left in limbs and flags of shared memory; all threads may read it.
DEVICE void sum_exactly(const double* terms, int64_t n, uint64_t* limbs, int32_t* flags) {
  if (threadIdx.x < math::kExactLimbs) limbs[threadIdx.x] = 0;
  if (threadIdx.x < 3) flags[threadIdx.x] = 0;
  sync_threads();
  for (int64_t i = threadIdx.x; i < n; i += blockDim.x) exact_add(limbs, flags, terms[i]);
  sync_threads();
}

}  // namespace anacrusis::cuda
