// The last kernel of a loss: its terms become one number, to the same bits in any order.
#pragma once

#include "exact_add.cuh"

namespace anacrusis::cuda {

constexpr int kFinishBlock = 256;

// One block: the sum of n partial sums over the denominator, and where words is not null the sum itself.
KERNEL finish_loss(const double* partials, int64_t n, double denominator, double* loss,
                   int32_t* words) {
  SHARED(uint64_t, limbs, [math::kExactLimbs]);
  SHARED(int32_t, flags, [3]);
  sum_exactly(partials, n, limbs, flags);
  if (threadIdx.x > 0) return;
  int32_t own[math::kExactWords];
  loss[0] = exact_result(limbs, flags, own) / denominator;
  for (int i = 0; words && i < math::kExactWords; ++i) words[i] = own[i];
}

}  // namespace anacrusis::cuda
