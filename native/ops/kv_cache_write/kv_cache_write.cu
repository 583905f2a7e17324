// A block copies a row, unless a later one goes to the same place: the search reads 8 bytes of every later
// row, which for the rows of one step is less than the row itself.
#include "kv_cache_write.h"

#include "cache_rows.cuh"

namespace anacrusis::cuda {
namespace {

KERNEL_BOUNDS(kCacheThreads, 1) write_rows(KvCacheWrite a) {
  SHARED(int, partials, [kCacheThreads / kWarp]);
  const int64_t width = a.Hkv * a.D;
  for (int64_t row = blockIdx.x; row < a.R; row += gridDim.x) {
    const int64_t place = cache_place(a, row);
    if (overwritten(a, row, partials) || place < 0) continue;
    for (int64_t i = threadIdx.x; i < width; i += kCacheThreads) {
      a.k_cache[place * width + i] = a.k[row * width + i];
      a.v_cache[place * width + i] = a.v[row * width + i];
    }
  }
}

}  // namespace

void run(const KvCacheWrite& a, const Stream& stream) { launch<write_rows>(stream, row_blocks(a.R), a); }

}  // namespace anacrusis::cuda
