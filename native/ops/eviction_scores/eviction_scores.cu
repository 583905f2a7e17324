#include "eviction_scores_element.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {
namespace {

constexpr int kThreads = 256;

struct Pooled {
  EvictionScoresElement element;

  // Element i of [Hkv,T], tokens of all sequences in order.
  FORMULA_METHOD void operator()(int64_t i) const {
    const EvictionScores& a = element.a;
    const int64_t kv = i / a.T, token = i % a.T;
    int64_t s = 0, behind = a.S;  // offsets[s] <= token < offsets[behind]
    while (behind - s > 1) {
      const int64_t middle = (s + behind) / 2;
      (a.offsets[middle] <= token ? s : behind) = middle;
    }
    const int64_t key = token - a.offsets[s];
    if (key < element.pooled(s)) a.scores[element.first(s, a.Hkv, kv) + key] = element(s, kv, key);
  }
};

// A block per row: the largest score, then the window. Two launches, for the scores of a row are made by many blocks.
KERNEL fill_window(EvictionScoresElement element) {
  SHARED(float, partials, [kThreads / kWarp]);
  const EvictionScores& a = element.a;
  const int64_t s = blockIdx.x / a.Hkv, n = element.pooled(s);
  float* const scores = a.scores.data + element.first(s, a.Hkv, blockIdx.x % a.Hkv);
  float largest = n > 0 ? -INFINITY : 0.0f;
  for (int64_t i = threadIdx.x; i < n; i += kThreads) largest = scores[i] > largest ? scores[i] : largest;
  largest = block_max(largest, partials);
  for (int64_t i = n + threadIdx.x; i < element.length(s); i += kThreads) scores[i] = largest;
}

}  // namespace

void run(const EvictionScores& a, const Stream& stream) {
  if (a.T == 0) return;
  const DeviceScratch<int32_t> offsets(stream, a.offsets.data, a.offsets.size);
  EvictionScoresElement element{a};
  element.a.offsets.data = offsets.data();
  map(stream, a.Hkv * a.T, Pooled{element});
  launch<fill_window>(stream, {static_cast<uint32_t>(a.S * a.Hkv), kThreads}, element);
}

}  // namespace anacrusis::cuda
