#include "kv_cache_write.h"
#include "math/formula.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {
namespace {

struct Element {
  KvCacheWrite a;

  FORMULA_METHOD void operator()(int64_t i) const {
    const int64_t width = a.Hkv * a.D, row = i / width;
    const int64_t slot = a.slot[row], position = a.position[row];
    if (slot < 0 || slot >= a.slots || position < 0 || position >= a.C) return;
    const int64_t place = (slot * a.C + position) * width + i % width;
    a.k_cache[place] = a.k[i];
    a.v_cache[place] = a.v[i];
  }
};

}  // namespace

void run(const KvCacheWrite& a, const Stream& stream) {
  map(stream, a.R * a.Hkv * a.D, Element{a});
}

}  // namespace anacrusis::cuda
