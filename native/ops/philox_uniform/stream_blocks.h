// Map tier of the random streams: element offset + i of a stream belongs to one Philox block, which
// gives Values::kCount elements. Both back ends run the same `values`.
#pragma once

#include "math/philox.h"

namespace anacrusis {

struct StreamPart {
  int64_t seed, stream, offset, n;
};

// Writes those values of block `index` that lie in the part to `y`, whose element 0 is at the offset.
template <class Values, class T>
struct StreamBlock {
  StreamPart part;
  Values values;
  T* y;

  FORMULA_METHOD int64_t first() const { return part.offset / Values::kCount; }
  FORMULA_METHOD int64_t count() const {
    return part.n == 0 ? 0 : (part.offset + part.n - 1) / Values::kCount - first() + 1;
  }
  FORMULA_METHOD void compute(int64_t index, T* out) const {
    values(math::philox_block(math::philox_key(part.seed), part.stream, index), out);
  }
  FORMULA_METHOD void operator()(int64_t i) const {
    T out[Values::kCount];
    compute(first() + i, out);
    const int64_t from = (first() + i) * Values::kCount - part.offset;
    for (int64_t j = 0; j < Values::kCount; ++j) {
      if (from + j >= 0 && from + j < part.n) y[from + j] = out[j];
    }
  }
};

}  // namespace anacrusis
