#include "eviction_scores_element.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const EvictionScores& a) {
  const EvictionScoresElement element{a};
  const int64_t work = a.H / a.Hkv * a.kernel * (1 + a.T / (a.S > 0 ? a.S : 1));
  parallel_for(a.S * a.Hkv, 1 + 16384 / work, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t s = row / a.Hkv, kv = row % a.Hkv, n = element.pooled(s);
      float* const scores = a.scores.data + element.first(s, a.Hkv, kv);
      float largest = n > 0 ? -INFINITY : 0.0f;
      for (int64_t i = 0; i < n; ++i) {
        scores[i] = element(s, kv, i);
        largest = scores[i] > largest ? scores[i] : largest;
      }
      for (int64_t i = n; i < element.length(s); ++i) scores[i] = largest;
    }
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
