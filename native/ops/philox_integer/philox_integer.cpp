#include "philox_integer.h"

#include "ops/philox_uniform/stream_loop.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const PhiloxInteger& a) { fill_stream(stream_block(a)); }

}  // namespace anacrusis::ANACRUSIS_ISA
