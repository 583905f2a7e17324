#include "embedding.h"
#include "math/formula.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {
namespace {

struct Element {
  Embedding a;

  FORMULA_METHOD void operator()(int64_t i) const {
    const int64_t id = a.ids[i / a.D];
    a.y[i] = id >= 0 && id < a.V ? a.table[id * a.D + i % a.D] : 0.0f;
  }
};

}  // namespace

void run(const Embedding& a, const Stream& stream) { map(stream, a.T * a.D, Element{a}); }

}  // namespace anacrusis::cuda
