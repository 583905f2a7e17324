#include "aggregate.h"

#include "math/aggregation.h"
#include "math/masked.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

double sequence(const Aggregate& a, int64_t begin, int64_t end) {
  int64_t tokens = 0;
  double sum = 0.0;
#pragma omp simd reduction(+ : sum, tokens)
  for (int64_t i = begin; i < end; ++i) {
    tokens += a.mask[i];
    sum += math::masked(a.losses[i], a.mask[i]);
  }
  const double weight = tokens == 0 ? 0.0 : math::token_weight(a.aggregation.index, tokens);
  const auto slope = static_cast<float>(weight / a.denominator);
  for (int64_t i = begin; i < end; ++i) a.weights[i] = math::masked(slope, a.mask[i]);
  return sum * weight;
}

}  // namespace

void run(const Aggregate& a) {
  // Sequences in at most kParts parts of about 16,384 tokens or more.
  constexpr int64_t kParts = 64;
  const int64_t wanted = a.T / 16384 + 1;
  const int64_t parts = wanted < kParts ? wanted : kParts;
  double partial[kParts];
  parallel_for(parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; ++part) {
      partial[part] = 0.0;
      for (int64_t s = part * a.S / parts; s < (part + 1) * a.S / parts; ++s) {
        partial[part] += sequence(a, a.offsets[s], a.offsets[s + 1]);
      }
    }
  });
  double numerator = 0.0;
  for (int64_t part = 0; part < parts; ++part) numerator += partial[part];
  a.loss[0] = numerator / a.denominator;
}

}  // namespace anacrusis::ANACRUSIS_ISA
