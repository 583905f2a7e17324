#include "scale_arrays.h"

#include "runtime/parallel.h"
#include "runtime/pieces.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const ScaleArrays& a) {
  const auto scale = static_cast<float>(a.scale);
  parallel_for(total_size(a.arrays), 65536, [&](int64_t begin, int64_t end) {
    pieces(a.arrays, begin, end, [&](int64_t k, int64_t first, int64_t last) {
      float* x = a.arrays[k].data;
      for (int64_t i = first; i < last; ++i) x[i] *= scale;
    });
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
