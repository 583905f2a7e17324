#pragma once

#include "addon/napi.h"

namespace anacrusis {

struct ArrayBytes {
  void* data;
  size_t size;
};
ArrayBytes array_bytes(napi_env env, napi_value array);

napi_value fold(napi_env, napi_callback_info);      // folded.cpp
napi_value run_gemm(napi_env, napi_callback_info);  // gemm_export.cpp
void export_emulator(napi_env env, napi_value exports);

}  // namespace anacrusis
