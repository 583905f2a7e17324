// Scan tier: one row of token_log_probs, in blocks that stay in the nearest cache: the block's
// largest logit first, then its sums. Both back ends run this row step.
#pragma once

#include "math/token_log_prob.h"
#include "token_log_probs.h"

namespace anacrusis {

struct TokenLogProbsRow {
  TokenLogProbs a;

  static constexpr int64_t kBlock = 1024;

  FORMULA_METHOD static float largest(const float* z, int64_t n) {
    float max = -INFINITY;
#pragma omp simd reduction(max : max)
    for (int64_t j = 0; j < n; ++j) max = z[j] > max ? z[j] : max;
    return max;
  }

  FORMULA_METHOD void operator()(int64_t row) const {
    const float inverse_tau = math::inverse_temperature(a.temperature);
    const float* z = a.logits.data + row * a.V;
    math::SoftmaxSums sums = math::empty_softmax_sums();
    for (int64_t begin = 0; begin < a.V; begin += kBlock) {
      const int64_t n = a.V - begin < kBlock ? a.V - begin : kBlock;
      const float* block = z + begin;
      sums = math::with_max(sums, largest(block, n), a.temperature);
      const float max = sums.max > -INFINITY ? sums.max : 0.0f;
      float sum = 0.0f, weighted = 0.0f;
#pragma omp simd reduction(+ : sum, weighted)
      for (int64_t j = 0; j < n; ++j) {
        const float u = math::bounded_exponent((block[j] - max) * inverse_tau);
        const float e = math::exp(u);
        sum += e;
        weighted += e * u;
      }
      sums.sum += sum;
      sums.weighted += weighted;
    }
    const math::TokenLogProb result = math::token_log_prob(sums, z[a.targets[row]], a.temperature);
    a.logp[row] = result.logp;
    a.entropy[row] = result.entropy;
    a.lse[row] = result.lse;
  }
};

}  // namespace anacrusis
