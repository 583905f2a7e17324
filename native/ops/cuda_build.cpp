// The CUDA build of the op list: the ops that have a kernel.
#include "cuda_build.h"

#include "ops.h"

namespace anacrusis {
namespace cuda {

#define ANACRUSIS_DECLARE(Op) void run(const Op&, const Stream&);
ANACRUSIS_OPS(ANACRUSIS_DECLARE)
#undef ANACRUSIS_DECLARE

template <class Op>
CudaEntry entry() {
  if constexpr (requires { Op::on_cuda; }) {
    return [](const void* arguments, const Stream& stream) {
      run(*static_cast<const Op*>(arguments), stream);
    };
  } else {
    return nullptr;
  }
}

}  // namespace cuda

std::span<const CudaEntry> cuda_build() {
#define ANACRUSIS_ENTRY(Op) cuda::entry<Op>(),
  static const CudaEntry list[] = {ANACRUSIS_OPS(ANACRUSIS_ENTRY)};
#undef ANACRUSIS_ENTRY
  return list;
}

}  // namespace anacrusis
