// Device buffers as arguments, recognised by a type tag.
#include "device_arrays.h"

namespace anacrusis {

std::string device_array_name(DType dtype) {
  switch (dtype) {
    case DType::f32: return "a device array of f32";
    case DType::f64: return "a device array of f64";
    case DType::i32: return "a device array of i32";
    case DType::u8: return "a device array of u8";
    case DType::bf16: return "a device array of bf16";
    case DType::f16: return "a device array of f16";
    default: return "a device array of f32, bf16 or f16";
  }
}

ArrayRead read_device_array(napi_env env, napi_value value, DType dtype, ArrayArgument& array,
                            Failure& failure) {
  napi_valuetype kind;
  must(env, napi_typeof(env, value, &kind));
  const bool absent = kind == napi_undefined || kind == napi_null;
  failure.code = absent ? "ERR_MISSING" : "ERR_TYPE";
  failure.expected = device_array_name(dtype);
  if (absent) return ArrayRead::absent;
  bool tagged = false;
  if (kind == napi_object) must(env, napi_check_object_type_tag(env, value, &kDeviceArrayTag, &tagged));
  if (!tagged) return ArrayRead::wrong;
  void* wrapped;
  must(env, napi_unwrap(env, value, &wrapped));
  const auto& device_array = *static_cast<const DeviceArray*>(wrapped);
  const DType got = device_array.dtype;
  const bool taken = dtype == DType::floats
                         ? got == DType::f32 || got == DType::bf16 || got == DType::f16
                         : got == dtype;
  if (!taken) {
    failure.code = "ERR_DTYPE";
    failure.received = device_array_name(got);
    return ArrayRead::wrong;
  }
  DeviceBuffer buffer;
  if (!DeviceMemory::instance().find(device_array.handle, buffer)) {
    failure.code = "ERR_DISPOSED";
    failure.received = "one that was disposed of";
    return ArrayRead::wrong;
  }
  array = {value, buffer.data, device_array.length, false, buffer.device, got};
  return ArrayRead::ok;
}

}  // namespace anacrusis
