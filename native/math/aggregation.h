// How per-token losses of sequences become one number. With l_it the loss of token t of sequence i,
// m_it its mask, n_i = sum_t m_it:
//
//   mode                     numerator                      denominator, global, from the caller
//   token-mean               sum_i sum_t m_it l_it          unmasked tokens
//   seq-mean-token-mean      sum_i (sum_t m_it l_it) / n_i  sequences with n_i > 0
//   seq-mean-token-sum       sum_i sum_t m_it l_it          sequences with n_i > 0
//   seq-mean-token-sum-norm  sum_i sum_t m_it l_it          those times a constant
//
// The constant is a length that does not change, such as the longest response allowed (Dr. GRPO,
// 2503.20783), never the padded length of the batch.
//
// loss = numerator / denominator. The denominator counts over the whole optimiser batch, over all
// its micro-batches and ranks, so that the losses of any cut at sequence boundaries add up to the
// loss of the whole. A sequence with n_i = 0 counts in neither. Source of the modes: 2508.08221
// section 4.1, DAPO 2503.14476 eq. 8-12.
#pragma once

#include "formula.h"

namespace anacrusis::math {

enum AggregationMode : int32_t {
  kTokenMean = 0,
  kSeqMeanTokenMean = 1,
  kSeqMeanTokenSum = 2,
  kSeqMeanTokenSumNorm = 3,
};

// Factor of every token of a sequence with `tokens` > 0 in the numerator.
FORMULA double token_weight(int32_t mode, int64_t tokens) {
  return mode == kSeqMeanTokenMean ? 1.0 / static_cast<double>(tokens) : 1.0;
}

}  // namespace anacrusis::math
