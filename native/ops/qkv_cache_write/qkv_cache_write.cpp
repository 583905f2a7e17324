#include "qkv_cache_write.h"

#include <cstring>

#include "math/rms_norm.h"
#include "math/rotary.h"
#include "runtime/parallel.h"
#include "runtime/row_sums.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

struct Angles {
  const float *cos, *sin;
};

__attribute__((always_inline)) inline void norm_and_turn(const float* x, const float* weight, float eps,
                                                         Angles angles, int64_t D, float* y) {
  const int64_t half = D / 2;
  const auto squares = static_cast<float>(row_sum(D, [&](int64_t j) { return x[j] * x[j]; }));
  const float inv_rms = math::inverse_rms(squares, 1.0f / static_cast<float>(D), eps);
#pragma omp simd
  for (int64_t j = 0; j < half; ++j) {
    const math::RotaryPair pair{math::rms_norm(x[j], inv_rms, weight[j]),
                                math::rms_norm(x[j + half], inv_rms, weight[j + half])};
    const math::RotaryPair turned = math::rotate(pair, angles.cos[j], angles.sin[j], 1.0f);
    y[j] = turned.first;
    y[j + half] = turned.second;
  }
}

// Heads begin..end-1 of all rows, in the order of the rows: of two rows for one place the later stays.
__attribute__((always_inline)) inline void some_heads(const QkvCacheWrite& a, int64_t D, int64_t begin,
                                                      int64_t end) {
  const int64_t heads = a.H + 2 * a.Hkv;
  const auto eps = static_cast<float>(a.eps);
  for (int64_t row = 0; row < a.R; ++row) {
    const int64_t position = a.position[row];
    const int64_t place = (int64_t{a.slot[row]} * a.C + position) * a.Hkv;
    const Angles angles{a.cos.data + position * (D / 2), a.sin.data + position * (D / 2)};
    for (int64_t head = begin; head < end; ++head) {
      const float* const x = a.qkv.data + (row * heads + head) * D;
      if (head < a.H) {
        norm_and_turn(x, a.q_norm.data, eps, angles, D, a.q.data + (row * a.H + head) * D);
      } else if (head < a.H + a.Hkv) {
        norm_and_turn(x, a.k_norm.data, eps, angles, D, a.k_cache.data + (place + head - a.H) * D);
      } else {
        std::memcpy(a.v_cache.data + (place + head - a.H - a.Hkv) * D, x,
                    static_cast<size_t>(D) * sizeof(float));
      }
    }
  }
}

}  // namespace

// Small head sizes as constants: their loops unroll.
void run(const QkvCacheWrite& a) {
  parallel_for(a.H + 2 * a.Hkv, 1 + 16384 / (a.R * a.D + 1), [&](int64_t begin, int64_t end) {
    if (a.D == 32) some_heads(a, 32, begin, end);
    else if (a.D == 64) some_heads(a, 64, begin, end);
    else some_heads(a, a.D, begin, end);
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
