#include "pack_linear.h"

#include "runtime/parallel.h"
#include "runtime/tile.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const PackLinear& a) {
  rows(a.panels, a.K * kPanel, [&](int64_t panel) {
    const int64_t first = panel * kPanel, left = a.N - first;
    pack_panel(a.K, left < kPanel ? left : kPanel, a.weight.data + first * a.K, 1, a.K,
               a.packed.data + first * a.K);
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
