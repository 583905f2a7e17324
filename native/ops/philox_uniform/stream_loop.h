// CPU loop over the blocks of a random stream: whole groups of blocks side by side in vector lanes, the
// ends one by one.
#pragma once

#include "runtime/parallel.h"
#include "stream_blocks.h"

namespace anacrusis::ANACRUSIS_ISA {

template <class Values, class T>
inline void fill_stream(const StreamBlock<Values, T>& kernel) {
  constexpr int64_t kGroup = 16, kCount = Values::kCount;
  const int64_t skipped = kernel.first() * kCount - kernel.part.offset;  // of block 0, <= 0
  parallel_for(kernel.count(), 4096, [&](int64_t begin, int64_t end) {
    int64_t i = begin;
    while (i < end) {
      const int64_t from = skipped + i * kCount;
      const bool whole = from >= 0 && i + kGroup <= end && from + kGroup * kCount <= kernel.part.n;
      if (!whole) {
        kernel(i++);
        continue;
      }
      T* const y = kernel.y + from;
      const int64_t index = kernel.first() + i;
#pragma omp simd
      for (int64_t j = 0; j < kGroup; ++j) kernel.compute(index + j, y + j * kCount);
      i += kGroup;
    }
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
