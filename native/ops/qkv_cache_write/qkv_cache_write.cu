// A block has a row, a warp one head of it after the other; a lane has some pairs of the rotation, so that a
// head is read once for the norm and once more, out of the first cache, for the rotation. Of two rows for one
// place the later one stays (cache_rows.cuh).
#include "qkv_cache_write.h"

#include "math/rms_norm.h"
#include "math/rotary.h"
#include "ops/kv_cache_write/cache_rows.cuh"

namespace anacrusis::cuda {
namespace {

DEVICE void norm_and_turn(const QkvCacheWrite& a, const float* x, const float* weight, int64_t position,
                          float* y) {
  float squares = 0.0f;
  for (int64_t j = threadIdx.x % kWarp; j < a.D; j += kWarp) squares += x[j] * x[j];
  const float inv_rms =
      math::inverse_rms(warp_sum(squares), 1.0f / static_cast<float>(a.D), static_cast<float>(a.eps));
  const float *const cos = a.cos.data + position * a.half, *const sin = a.sin.data + position * a.half;
  for (int64_t j = threadIdx.x % kWarp; j < a.half; j += kWarp) {
    const math::RotaryPair pair{math::rms_norm(x[j], inv_rms, weight[j]),
                                math::rms_norm(x[j + a.half], inv_rms, weight[j + a.half])};
    const math::RotaryPair turned = math::rotate(pair, cos[j], sin[j], 1.0f);
    y[j] = turned.first;
    y[j + a.half] = turned.second;
  }
}

DEVICE void write_head(const QkvCacheWrite& a, int64_t row, int64_t head, int64_t place, bool stays) {
  const float* const x = a.qkv.data + (row * (a.H + 2 * a.Hkv) + head) * a.D;
  if (head < a.H) {
    float* const q = a.q.data + (row * a.H + head) * a.D;
    if (place >= 0) return norm_and_turn(a, x, a.q_norm.data, place % a.C, q);
    for (int64_t j = threadIdx.x % kWarp; j < a.D; j += kWarp) q[j] = 0.0f;
    return;
  }
  if (!stays) return;
  if (head < a.H + a.Hkv) {
    float* const k = a.k_cache.data + (place * a.Hkv + head - a.H) * a.D;
    return norm_and_turn(a, x, a.k_norm.data, place % a.C, k);
  }
  float* const v = a.v_cache.data + (place * a.Hkv + head - a.H - a.Hkv) * a.D;
  for (int64_t j = threadIdx.x % kWarp; j < a.D; j += kWarp) v[j] = x[j];
}

KERNEL_BOUNDS(kCacheThreads, 1) write_rows(QkvCacheWrite a) {
  SHARED(int, partials, [kCacheThreads / kWarp]);
  for (int64_t row = blockIdx.x; row < a.R; row += gridDim.x) {
    const int64_t place = cache_place(a, row);
    const bool stays = !overwritten(a, row, partials) && place >= 0;
    for (int64_t head = threadIdx.x / kWarp; head < a.H + 2 * a.Hkv; head += kCacheThreads / kWarp) {
      write_head(a, row, head, place, stays);
    }
  }
}

}  // namespace

void run(const QkvCacheWrite& a, const Stream& stream) { launch<write_rows>(stream, row_blocks(a.R), a); }

}  // namespace anacrusis::cuda
