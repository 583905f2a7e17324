#include "cast.h"

#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const Cast& a) {
  visit_cast(a, [&](const auto& element) { map(a.n, element); });
}

}  // namespace anacrusis::ANACRUSIS_ISA
