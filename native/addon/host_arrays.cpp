// Typed arrays as arguments, read in place.
#include <cmath>
#include <cstdio>

#include "binder.h"

namespace anacrusis {
namespace {

struct HostType {
  napi_typedarray_type type;
  DType dtype;  // none: no argument takes it
  const char* name;
};

constexpr auto kFloat16Array = static_cast<napi_typedarray_type>(11);  // newer than the headers

constexpr HostType kTypes[] = {
    {napi_float32_array, DType::f32, "a Float32Array"},
    {napi_float64_array, DType::f64, "a Float64Array"},
    {napi_int32_array, DType::i32, "an Int32Array"},
    {napi_uint8_array, DType::u8, "a Uint8Array"},
    {napi_uint16_array, DType::floats, "a Uint16Array"},
    {kFloat16Array, DType::f16, "a Float16Array"},
    {napi_int8_array, DType::none, "an Int8Array"},
    {napi_uint8_clamped_array, DType::none, "a Uint8ClampedArray"},
    {napi_int16_array, DType::none, "an Int16Array"},
    {napi_uint32_array, DType::none, "a Uint32Array"},
    {napi_bigint64_array, DType::none, "a BigInt64Array"},
    {napi_biguint64_array, DType::none, "a BigUint64Array"},
};
constexpr HostType kUnknown = {static_cast<napi_typedarray_type>(-1), DType::none, "another typed array"};

const HostType& type_of(napi_typedarray_type type) {
  for (const HostType& known : kTypes) {
    if (known.type == type) return known;
  }
  return kUnknown;
}

bool takes(DType wanted, DType got) {
  if (wanted == DType::floats) return got == DType::f32 || got == DType::f16 || got == DType::floats;
  return got == wanted && got != DType::none;
}

}  // namespace

std::string host_array_name(DType dtype) {
  if (dtype == DType::bf16) return "a Uint16Array";
  if (dtype == DType::f16) return "a Uint16Array or a Float16Array";
  for (const HostType& known : kTypes) {
    if (known.dtype == dtype) return known.name;
  }
  return kUnknown.name;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  double parsed = 0;
  for (int digits = 1; digits < 17; ++digits) {
    char shorter[32];
    std::snprintf(shorter, sizeof shorter, "%.*g", digits, value);
    if (std::sscanf(shorter, "%lf", &parsed) == 1 && parsed == value) return shorter;
  }
  return text;
}

std::string value_text(napi_env env, napi_value value) {
  napi_valuetype type;
  must(env, napi_typeof(env, value, &type));
  switch (type) {
    case napi_undefined: return "undefined";
    case napi_null: return "null";
    case napi_boolean: return "a boolean";
    case napi_string: return "a string";
    case napi_symbol: return "a symbol";
    case napi_function: return "a function";
    case napi_bigint: return "a BigInt";
    case napi_number: {
      double number;
      must(env, napi_get_value_double(env, value, &number));
      return number_text(number);
    }
    default: {
      napi_typedarray_type array_type = kUnknown.type;
      if (napi_get_typedarray_info(env, value, &array_type, nullptr, nullptr, nullptr, nullptr) == napi_ok) {
        return type_of(array_type).name;
      }
      bool is_array = false, on_device = false;
      must(env, napi_is_array(env, value, &is_array));
      if (napi_check_object_type_tag(env, value, &kDeviceArrayTag, &on_device) == napi_ok && on_device) {
        return "a device array";
      }
      return is_array ? "an array" : "an object";
    }
  }
}

ArrayRead read_host_array(napi_env env, napi_value value, DType dtype, ArrayArgument& array,
                          Failure& failure) {
  napi_typedarray_type type = kUnknown.type;  // a type that this Node-API does not know leaves it as it is
  size_t length;
  napi_value buffer;
  void* data;
  const napi_status status =
      napi_get_typedarray_info(env, value, &type, &length, &data, &buffer, nullptr);
  const HostType& known = type_of(type);
  if (status == napi_ok && takes(dtype, known.dtype)) {
    array.value = value;
    array.data = data;
    array.size = static_cast<int64_t>(length);
    array.dtype = known.dtype;
    bool ordinary = true;
    if (dtype == DType::i32) must(env, napi_is_arraybuffer(env, buffer, &ordinary));
    array.shared = !ordinary;
    return ArrayRead::ok;
  }
  failure.expected =
      dtype == DType::floats ? "a Float32Array or a Uint16Array (bf16, f16)" : host_array_name(dtype);
  if (status == napi_ok) {
    failure.code = "ERR_DTYPE";
    failure.received = known.name;
    return ArrayRead::wrong;
  }
  napi_valuetype kind;
  must(env, napi_typeof(env, value, &kind));
  const bool absent = kind == napi_undefined || kind == napi_null;
  failure.code = absent ? "ERR_MISSING" : "ERR_TYPE";
  return absent ? ArrayRead::absent : ArrayRead::wrong;
}

// Of a typed array.
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
