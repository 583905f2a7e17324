#pragma once

#include "compiled_op.h"
#include "napi.h"

namespace anacrusis {

// Checks the call and starts it on a thread of libuv's pool; returns the promise of its end.
napi_value start_async(napi_env env, const CompiledOp& op, const napi_value* values, size_t count);

}  // namespace anacrusis
