// Array arguments of the CPU binary: typed arrays, read in place.
#include "binder.h"

namespace anacrusis {
namespace {

const char* expected_class(DType dtype) {
  switch (dtype) {
    case DType::f32: return "a Float32Array";
    case DType::f64: return "a Float64Array";
    case DType::i32: return "an Int32Array";
    default: return "a Uint8Array";
  }
}

napi_typedarray_type expected_type(DType dtype) {
  switch (dtype) {
    case DType::f32: return napi_float32_array;
    case DType::f64: return napi_float64_array;
    case DType::i32: return napi_int32_array;
    default: return napi_uint8_array;
  }
}

const char* class_name(napi_typedarray_type type) {
  static const char* const names[] = {"Int8Array",     "Uint8Array",     "Uint8ClampedArray",
                                      "Int16Array",    "Uint16Array",    "Int32Array",
                                      "Uint32Array",   "Float32Array",   "Float64Array",
                                      "BigInt64Array", "BigUint64Array"};
  const auto index = static_cast<size_t>(type);
  return index < std::size(names) ? names[index] : "another typed array";
}

}  // namespace

ArrayRead read_array(napi_env env, napi_value value, DType dtype, ArrayArgument& array,
                     Failure& failure) {
  napi_typedarray_type type;
  size_t length;
  napi_value buffer;
  void* data;
  const napi_status status =
      napi_get_typedarray_info(env, value, &type, &length, &data, &buffer, nullptr);
  if (status == napi_ok && type == expected_type(dtype)) {
    array.value = value;
    array.data = data;
    array.size = static_cast<int64_t>(length);
    bool ordinary = true;
    if (dtype == DType::i32) must(env, napi_is_arraybuffer(env, buffer, &ordinary));
    array.shared = !ordinary;
    return ArrayRead::ok;
  }
  failure.expected = expected_class(dtype);
  if (status == napi_ok) {
    failure.code = "ERR_DTYPE";
    failure.received = class_name(type);
    return ArrayRead::wrong;
  }
  napi_valuetype kind;
  must(env, napi_typeof(env, value, &kind));
  const bool absent = kind == napi_undefined || kind == napi_null;
  failure.code = absent ? "ERR_MISSING" : "ERR_TYPE";
  return absent ? ArrayRead::absent : ArrayRead::wrong;
}

bool is_detached(napi_env env, napi_value value) {
  napi_value buffer;
  bool detached = false;
  if (napi_get_typedarray_info(env, value, nullptr, nullptr, nullptr, &buffer, nullptr) != napi_ok) {
    return true;
  }
  // Shared memory answers with an error: it cannot be detached.
  return napi_is_detached_arraybuffer(env, buffer, &detached) == napi_ok && detached;
}

}  // namespace anacrusis
