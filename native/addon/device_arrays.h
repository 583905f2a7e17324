#pragma once

#include "binder.h"
#include "runtime/device_memory.h"

namespace anacrusis {

extern const napi_type_tag kDeviceArrayTag;

// What a JavaScript device buffer wraps.
struct DeviceArray {
  BufferHandle handle;
  DType dtype = DType::none;
  int64_t length = 0;
};

}  // namespace anacrusis
