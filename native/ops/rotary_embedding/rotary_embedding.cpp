#include "rotary_embedding.h"

#include "math/rotary.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const RotaryEmbedding& a) {
  const float direction = a.inverse ? -1.0f : 1.0f;
  const int64_t half = a.half;
  rows(a.T, a.H * a.D, [&](int64_t t) {
    const float* const cosines = a.cos.data + a.positions[t] * half;
    const float* const sines = a.sin.data + a.positions[t] * half;
    for (int64_t head = t * a.H; head < (t + 1) * a.H; ++head) {
      const float* const x = a.x.data + head * a.D;
      float* const y = a.y.data + head * a.D;  // may be x itself
#pragma omp simd
      for (int64_t j = 0; j < half; ++j) {
        const math::RotaryPair turned =
            math::rotate({x[j], x[j + half]}, cosines[j], sines[j], direction);
        y[j] = turned.first;
        y[j + half] = turned.second;
      }
    }
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
