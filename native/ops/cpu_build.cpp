// One build of the op list: compiled once per instruction set.
#include "ops.h"
#include "runtime/cpu_table.h"
#include "runtime/isa.h"

namespace anacrusis::ANACRUSIS_ISA {

#define ANACRUSIS_DECLARE(Op) void run(const Op&);
ANACRUSIS_OPS(ANACRUSIS_DECLARE)
#undef ANACRUSIS_DECLARE

#define ANACRUSIS_TEXT2(x) #x
#define ANACRUSIS_TEXT(x) ANACRUSIS_TEXT2(x)

CpuBuild cpu_build() {
#define ANACRUSIS_ENTRY(Op) \
  {Op::name, [](const void* arguments) { run(*static_cast<const Op*>(arguments)); }},
  static const CpuEntry list[] = {ANACRUSIS_OPS(ANACRUSIS_ENTRY)};
#undef ANACRUSIS_ENTRY
  return {ANACRUSIS_TEXT(ANACRUSIS_ISA), list};
}

}  // namespace anacrusis::ANACRUSIS_ISA
