#include "philox_uniform.h"

#include "stream_loop.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const PhiloxUniform& a) { fill_stream(stream_block(a)); }

}  // namespace anacrusis::ANACRUSIS_ISA
