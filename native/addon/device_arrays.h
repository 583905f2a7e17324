#pragma once

#include "binder.h"
#include "runtime/device_memory.h"

namespace anacrusis {

// What a JavaScript device array wraps.
struct DeviceArray {
  BufferHandle handle;
  DType dtype = DType::none;
  int64_t length = 0;
  int64_t reported = 0;  // bytes that the garbage collector was told of
};

// Functions on device arrays: allocate, share, release, transfers.
void export_device_arrays(napi_env env, napi_value exports);
void export_function(napi_env env, napi_value exports, const char* name, napi_callback callback);

// Arguments of a function of the back end, undefined where they are missing.
struct DeviceArguments {
  napi_value values[4];
  size_t count = 4;

  DeviceArguments(napi_env env, napi_callback_info call) {
    must(env, napi_get_cb_info(env, call, &count, values, nullptr, nullptr));
  }
};

// An integer >= 0. Throws Refused.
int64_t whole(napi_env env, napi_value value, const char* name);

// Waits for the stream; refuses when the work before it met an illegal element. Throws DeviceFailure, Refused.
void settle(const Stream& stream);

}  // namespace anacrusis
