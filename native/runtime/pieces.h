// A list of arrays taken as one long array, so that its cut into parts does not depend on how the
// elements are spread over tensors. Built once per instruction set, like parallel.h.
#pragma once

#include <cstdint>

#include "isa.h"
#include "view.h"

namespace anacrusis::ANACRUSIS_ISA {

template <class T>
inline int64_t total_size(const Views<T>& list) {
  int64_t total = 0;
  for (int64_t k = 0; k < list.count; ++k) total += list[k].size;
  return total;
}

// f(k, first, last): the parts of the arrays k that lie in elements [begin, end) of the whole.
template <class T, class F>
inline void pieces(const Views<T>& list, int64_t begin, int64_t end, const F& f) {
  int64_t start = 0;
  for (int64_t k = 0; k < list.count && start < end; ++k) {
    const int64_t size = list[k].size;
    const int64_t first = begin > start ? begin - start : 0;
    const int64_t last = end - start < size ? end - start : size;
    if (first < last) f(k, first, last);
    start += size;
  }
}

}  // namespace anacrusis::ANACRUSIS_ISA
