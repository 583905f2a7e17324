#pragma once

#include "compiled_op.h"
#include "napi.h"

namespace anacrusis {

napi_value describe(napi_env env);

}  // namespace anacrusis
