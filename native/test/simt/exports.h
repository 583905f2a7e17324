#pragma once

#include "addon/napi.h"

namespace anacrusis {

napi_value run_gemm(napi_env, napi_callback_info);  // gemm_export.cpp
void export_emulator(napi_env env, napi_value exports);

}  // namespace anacrusis
