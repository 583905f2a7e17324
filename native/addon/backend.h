// What differs between the two binaries: where arrays live, how an op runs, what the machine offers.
#pragma once

#include "compiled_op.h"
#include "napi.h"

namespace anacrusis {

bool runs_here(const CompiledOp& op);
// Runs (CPU) or enqueues (CUDA) the op on that device. Throws Refused when the device refuses.
void run_op(const CompiledOp& op, const void* arguments, int32_t device);
// Properties of this back end's exports beside the ops.
void export_backend(napi_env env, napi_value exports);

}  // namespace anacrusis
