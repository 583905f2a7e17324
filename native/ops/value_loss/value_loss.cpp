#include "ops/sequence_runs.h"
#include "value_loss_token.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

using Op = ValueLoss;

struct Part {
  const Op* a;
  const ValueInputs* in;
  float open_scale;
  double metrics[Op::kMetrics];
  float scale[kRun], losses[kRun];

  double open(int64_t s) {
    const int64_t begin = a->offsets[s], end = a->offsets[s + 1];
    const int64_t tokens = count_ones(in->mask + begin, end - begin);
    open_scale = 0.0f;
    if (tokens == 0) return 0.0;
    metrics[Op::kTokens] += static_cast<double>(tokens);
    metrics[Op::kSequences] += 1.0;
    const double weight = math::token_weight(a->aggregation.index, tokens);
    open_scale = static_cast<float>(weight / a->denominator);
    return weight;
  }

  void place(int64_t, int64_t, int64_t n, int64_t at) {
    for (int64_t k = at; k < at + n; ++k) scale[k] = open_scale;
  }

  void compute(int64_t first, int64_t n) {
    const ValueInputs inputs = *in;
    float* const dvalues = a->dvalues.data + first;
    float clipped = 0, largest = 0, not_finite = 0;
    double error = 0, error_square = 0, target = 0, target_square = 0;
#pragma omp simd reduction(+ : clipped, not_finite, error, error_square, target, target_square) \
    reduction(max : largest)
    for (int64_t k = 0; k < n; ++k) {
      ValueTally t;
      const math::ValueTerms terms = inputs.terms(first + k, t);
      losses[k] = terms.loss;
      dvalues[k] = math::masked(terms.slope * scale[k], inputs.mask[first + k]);
      clipped += t.clipped, not_finite += t.not_finite;
      largest = t.largest > largest ? t.largest : largest;
      error += t.error, error_square += t.error_square;
      target += t.target, target_square += t.target_square;
    }
    metrics[Op::kClipped] += clipped;
    metrics[Op::kErrors] += error;
    metrics[Op::kErrorSquares] += error_square;
    metrics[Op::kReturns] += target;
    metrics[Op::kReturnSquares] += target_square;
    metrics[Op::kLargestError] = largest > metrics[Op::kLargestError] ? largest : metrics[Op::kLargestError];
    metrics[Op::kNotFinite] += not_finite;
  }
};

}  // namespace

void run(const ValueLoss& a) { run_parts<Part, Op::kLargestError>(a, ValueInputs(a)); }

}  // namespace anacrusis::ANACRUSIS_ISA
