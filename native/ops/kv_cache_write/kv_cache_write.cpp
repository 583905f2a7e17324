#include "kv_cache_write.h"

#include <cstring>

#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

// One piece is all rows of the keys, or of the values: rows in their order, so the last one stays.
void run(const KvCacheWrite& a) {
  const int64_t width = a.Hkv * a.D;
  const auto copy = [&](const View<const float>& from, const View<float>& to) {
    for (int64_t row = 0; row < a.R; ++row) {
      const int64_t place = int64_t{a.slot[row]} * a.C + a.position[row];
      std::memcpy(&to[place * width], &from[row * width], static_cast<size_t>(width) * sizeof(float));
    }
  };
  parallel_for(2, a.R * width > 16384 ? 1 : 2, [&](int64_t begin, int64_t end) {
    if (begin == 0) copy(a.k, a.k_cache);
    if (end == 2) copy(a.v, a.v_cache);
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
