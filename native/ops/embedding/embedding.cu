#include "embedding.h"
#include "math/formula.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {
namespace {

struct Element {
  Embedding a;

  FORMULA_METHOD void operator()(int64_t i) const {
    a.y[i] = a.table[int64_t{a.ids[i / a.D]} * a.D + i % a.D];
  }
};

}  // namespace

void run(const Embedding& a, const Stream& stream) { map(stream, a.T * a.D, Element{a}); }

}  // namespace anacrusis::cuda
