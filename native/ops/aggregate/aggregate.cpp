#include "aggregate.h"

#include "math/aggregation.h"
#include "math/masked.h"
#include "ops/sequence_sums.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

void add_sequence(const Aggregate& a, int64_t begin, int64_t end, ExactAccumulator& sum) {
  const int64_t tokens = count_ones(a.mask.data + begin, end - begin);
  const double weight = tokens == 0 ? 0.0 : math::token_weight(a.aggregation.index, tokens);
  const auto slope = static_cast<float>(weight / a.denominator);
  for (int64_t i = begin; i < end; ++i) a.weights[i] = math::masked(slope, a.mask[i]);
  const float* losses = a.losses.data + begin;
  const uint8_t* mask = a.mask.data + begin;
  sum.add(weight * ordered_sum(end - begin, [&](int64_t i) {
            return static_cast<double>(math::masked(losses[i], mask[i]));
          }));
}

}  // namespace

void run(const Aggregate& a) {
  const int64_t parts = sequence_parts(a.T, 16384);
  ExactAccumulator partial[kMostParts] = {};
  parallel_for(parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; ++part) {
      for (int64_t s = part * a.S / parts; s < (part + 1) * a.S / parts; ++s) {
        add_sequence(a, a.offsets[s], a.offsets[s + 1], partial[part]);
      }
    }
  });
  for (int64_t part = 1; part < parts; ++part) partial[0].add(partial[part]);
  a.loss[0] = partial[0].value(a.numerator.data) / a.denominator;
}

}  // namespace anacrusis::ANACRUSIS_ISA
