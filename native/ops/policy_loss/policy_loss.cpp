#include "policy_loss.h"

#include "math/aggregation.h"
#include "math/clipped_surrogate.h"
#include "math/kl.h"
#include "math/masked.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

struct Sums {
  double numerator, tokens, sequences, clipped, k3, k1, largest, not_finite;
};

void add(Sums& total, const Sums& part) {
  total.numerator += part.numerator;
  total.tokens += part.tokens;
  total.sequences += part.sequences;
  total.clipped += part.clipped;
  total.k3 += part.k3;
  total.k1 += part.k1;
  total.largest = part.largest > total.largest ? part.largest : total.largest;
  total.not_finite += part.not_finite;
}

// Leaves the weight of each token of sequence s in dlogp.
void weigh(const PolicyLoss& a, int64_t s, Sums& sums) {
  const int64_t begin = a.offsets[s], end = a.offsets[s + 1];
  int64_t tokens = 0;
  for (int64_t i = begin; i < end; ++i) tokens += a.mask[i];
  const double weight = tokens == 0 ? 0.0 : math::token_weight(a.aggregation.index, tokens);
  for (int64_t i = begin; i < end; ++i) a.dlogp[i] = static_cast<float>(weight);
  sums.tokens += static_cast<double>(tokens);
  sums.sequences += tokens == 0 ? 0.0 : 1.0;
}

bool is_finite(float x) { return x - x == 0.0f; }

// Losses and gradients of the tokens of whole sequences in one flat run: sequences are often too
// short to fill vectors.
void add_tokens(const PolicyLoss& a, int64_t begin, int64_t end, Sums& sums) {
  const auto low = static_cast<float>(a.clip_low), high = static_cast<float>(a.clip_high);
  const auto scale = static_cast<float>(1.0 / a.denominator);
  const uint8_t* mask = a.mask.data;
  const float *logp = a.logp.data, *old_logp = a.old_logp.data, *advantages = a.advantages.data;
  float* dlogp = a.dlogp.data;
  double loss = 0.0, k3 = 0.0, k1 = 0.0, clipped = 0.0, not_finite = 0.0;
  float largest = 0.0f;
#pragma omp simd reduction(+ : loss, k3, k1, clipped, not_finite) reduction(max : largest)
  for (int64_t i = begin; i < end; ++i) {
    const uint8_t counts = mask[i];
    const float log_ratio = math::masked(logp[i] - old_logp[i], counts);
    const float advantage = math::masked(advantages[i], counts);
    const float ratio = math::exp(log_ratio);
    const math::Surrogate token = 
        math::clipped_surrogate({ratio, 0.0f}, advantage, low, high, INFINITY);
    const float weight = dlogp[i];
    dlogp[i] = math::masked(token.slope * weight * scale, counts);
    loss += static_cast<double>(token.loss) * weight;
    k3 += math::kl_k3(log_ratio);
    k1 += math::kl_k1(log_ratio);
    const float counted_ratio = math::masked(ratio, counts);
    largest = counted_ratio > largest ? counted_ratio : largest;
    clipped += token.clipped_low + token.clipped_high;
    not_finite += is_finite(log_ratio) && is_finite(ratio) && is_finite(advantage) ? 0.0f : 1.0f;
  }
  add(sums, {loss, 0.0, 0.0, clipped, k3, k1, largest, not_finite});
}

}  // namespace

void run(const PolicyLoss& a) {
  // Sequences in at most kParts parts of about 4,096 tokens or more.
  constexpr int64_t kParts = 64;
  const int64_t wanted = a.T / 4096 + 1;
  const int64_t parts = wanted < kParts ? wanted : kParts;
  Sums partial[kParts];
  parallel_for(parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; ++part) {
      const int64_t begin = part * a.S / parts, end = (part + 1) * a.S / parts;
      Sums sums{};
      for (int64_t s = begin; s < end; ++s) weigh(a, s, sums);
      add_tokens(a, a.offsets[begin], a.offsets[end], sums);
      partial[part] = sums;
    }
  });
  Sums total{};
  for (int64_t part = 0; part < parts; ++part) add(total, partial[part]);
  a.loss[0] = total.numerator / a.denominator;
  const double metrics[8] = {total.numerator, total.tokens, total.sequences, total.clipped,
                             total.k3,        total.k1,     total.largest,   total.not_finite};
  for (int64_t i = 0; i < 8; ++i) a.metrics[i] = metrics[i];
}

}  // namespace anacrusis::ANACRUSIS_ISA
