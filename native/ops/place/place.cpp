#include "place_element.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const Place& a) { map(a.outer * a.n * a.inner, PlaceElement{a}); }

}  // namespace anacrusis::ANACRUSIS_ISA
