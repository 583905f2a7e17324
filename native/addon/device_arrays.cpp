// Array arguments of the CUDA binary: device buffers, recognised by a type tag.
#include "device_arrays.h"

namespace anacrusis {

const napi_type_tag kDeviceArrayTag = {0x8c1f2a6d4b7e4d11, 0x9a35c0de51f0b2a7};

ArrayRead read_array(napi_env env, napi_value value, DType dtype, ArrayArgument& array,
                     Failure& failure) {
  napi_valuetype kind;
  must(env, napi_typeof(env, value, &kind));
  const bool absent = kind == napi_undefined || kind == napi_null;
  failure.code = absent ? "ERR_MISSING" : "ERR_TYPE";
  failure.expected = "a device buffer";
  if (absent) return ArrayRead::absent;
  bool tagged = false;
  if (kind == napi_object) must(env, napi_check_object_type_tag(env, value, &kDeviceArrayTag, &tagged));
  if (!tagged) return ArrayRead::wrong;
  void* wrapped;
  must(env, napi_unwrap(env, value, &wrapped));
  const auto& device_array = *static_cast<const DeviceArray*>(wrapped);
  if (device_array.dtype != dtype) {
    failure.code = "ERR_DTYPE";
    failure.expected = "a device buffer of the declared dtype";
    failure.received = "one of another dtype";
    return ArrayRead::wrong;
  }
  DeviceBuffer buffer;
  if (!DeviceMemory::instance().find(device_array.handle, buffer)) {
    failure.code = "ERR_DISPOSED";
    failure.expected = "a device buffer that is alive";
    failure.received = "one that was disposed of";
    return ArrayRead::wrong;
  }
  array = {value, buffer.data, device_array.length, false, buffer.device};
  return ArrayRead::ok;
}

bool is_detached(napi_env, napi_value) { return false; }

}  // namespace anacrusis
