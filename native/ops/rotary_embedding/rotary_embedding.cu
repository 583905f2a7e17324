#include "math/rotary.h"
#include "rotary_embedding.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {
namespace {

struct Pair {
  RotaryEmbedding a;

  FORMULA_METHOD void operator()(int64_t i) const {
    const int64_t j = i % a.half, head = i / a.half;
    const int64_t position = a.positions[head / a.H], angle = position * a.half + j;
    const int64_t first = head * a.D + j, second = first + a.half;
    if (position < 0 || position >= a.P) {
      a.y[first] = a.y[second] = 0.0f;
      return;
    }
    const math::RotaryPair turned = math::rotate({a.x[first], a.x[second]}, a.cos[angle], a.sin[angle],
                                                 a.inverse ? -1.0f : 1.0f);
    a.y[first] = turned.first;
    a.y[second] = turned.second;
  }
};

}  // namespace

void run(const RotaryEmbedding& a, const Stream& stream) { map(stream, a.T * a.H * a.half, Pair{a}); }

}  // namespace anacrusis::cuda
