#include "philox_normal.h"

#include "ops/philox_uniform/stream_loop.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const PhiloxNormal& a) { fill_stream(stream_block(a)); }

}  // namespace anacrusis::ANACRUSIS_ISA
