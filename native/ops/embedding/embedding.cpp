#include "embedding.h"

#include <cstring>

#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const Embedding& a) {
  const size_t bytes = static_cast<size_t>(a.D) * sizeof(float);
  if (bytes == 0) return;
  rows(a.T, a.D, [&](int64_t t) {
    std::memcpy(&a.y[t * a.D], &a.table[int64_t{a.ids[t]} * a.D], bytes);
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
