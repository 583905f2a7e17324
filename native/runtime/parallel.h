// Loops over the pool for op code. Included by files that are built once per instruction set: all of
// it is in that build's namespace.
#pragma once

#include <cstdint>

#include "isa.h"
#include "pool.h"

namespace anacrusis::ANACRUSIS_ISA {

// f(begin, end) over pieces of `grain` elements. The cut depends on n and grain alone.
template <class F>
inline void parallel_for(int64_t n, int64_t grain, const F& f) {
  if (n <= 0) return;
  const int64_t chunks = (n + grain - 1) / grain;
  if (chunks == 1) {
    f(int64_t{0}, n);
    return;
  }
  struct Context {
    const F* f;
    int64_t n, grain;
  } context{&f, n, grain};
  run_chunks(
      chunks,
      [](const void* raw, int64_t chunk) {
        const auto* c = static_cast<const Context*>(raw);
        const int64_t begin = chunk * c->grain;
        const int64_t end = begin + c->grain < c->n ? begin + c->grain : c->n;
        (*c->f)(begin, end);
      },
      &context);
}

// Map tier: kernel(i) for every element, independent of the others. About 20 us of work a piece.
template <class Kernel>
inline void map(int64_t n, const Kernel& kernel) {
  parallel_for(n, 16384, [&](int64_t begin, int64_t end) {
#pragma omp simd  // independent elements: an output may share its memory with an input
    for (int64_t i = begin; i < end; ++i) kernel(i);
  });
}

// Rows of `width` elements each, taken in pieces of about 16,384 elements: kernel(row).
template <class Kernel>
inline void rows(int64_t n, int64_t width, const Kernel& kernel) {
  const int64_t grain = width >= 16384 ? 1 : 16384 / (width > 0 ? width : 1);
  parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) kernel(i);
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
