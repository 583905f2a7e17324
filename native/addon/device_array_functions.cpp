// The functions behind packages/native/src/device-array.ts.
#include <cmath>

#include "device_arrays.h"
#include "device_errors.h"
#include "runtime/device_kernels.h"

namespace anacrusis {
namespace {

DeviceArray& array_of(napi_env env, napi_value value) {
  bool tagged = false;
  napi_check_object_type_tag(env, value, &kDeviceArrayTag, &tagged);
  void* wrapped = nullptr;
  if (!tagged || napi_unwrap(env, value, &wrapped) != napi_ok) {
    throw Refused{{"ERR_TYPE", "array", "a device array", value_text(env, value)}};
  }
  return *static_cast<DeviceArray*>(wrapped);
}

DeviceBuffer buffer_of(const DeviceArray& array) {
  DeviceBuffer buffer;
  if (DeviceMemory::instance().find(array.handle, buffer)) return buffer;
  throw Refused{{"ERR_DISPOSED", "array", "a device array that is alive", "one that was disposed of"}};
}

void report_memory(napi_env env, DeviceArray& array, int64_t bytes) {
  int64_t total;
  napi_adjust_external_memory(env, bytes - array.reported, &total);
  array.reported = bytes;
}

void drop(napi_env env, DeviceArray& array) {
  report_memory(env, array, 0);
  DeviceMemory::instance().release(array.handle);
}

// Makes the object a device array without memory.
DeviceArray& wrap(napi_env env, napi_value object, DType dtype, int64_t length) {
  auto* array = new DeviceArray{{}, dtype, length, 0};
  const auto forget = [](napi_env owner, void* data, void*) {
    const std::unique_ptr<DeviceArray> dropped(static_cast<DeviceArray*>(data));
    try {
      drop(owner, *dropped);
    } catch (const DeviceFailure&) {
      // The device is gone and its memory with it.
    }
  };
  if (napi_wrap(env, object, array, forget, nullptr, nullptr) != napi_ok) {
    delete array;
    must(env, napi_generic_failure);
  }
  must(env, napi_type_tag_object(env, object, &kDeviceArrayTag));
  return *array;
}

// allocate(object, device, dtype, length): the object becomes a device array that ops accept; dtype as in
// DType (1 f32, 2 f64, 3 i32, 4 u8, 5 bf16, 6 f16).
napi_value allocate(napi_env env, napi_callback_info call) {
  return guarded(env, "Device.empty", [&]() -> napi_value {
    const DeviceArguments arguments(env, call);
    const auto device = static_cast<int32_t>(whole(env, arguments.values[1], "device"));
    const int64_t code = whole(env, arguments.values[2], "dtype");
    if (code < 1 || code > 6) throw Refused{{"ERR_RANGE", "dtype", "1 to 6", std::to_string(code)}};
    const auto dtype = static_cast<DType>(code);
    const int64_t length = whole(env, arguments.values[3], "length");
    DeviceArray& array = wrap(env, arguments.values[0], dtype, length);
    const int64_t bytes = length * size_of(dtype);
    array.handle = on_device([&] { return DeviceMemory::instance().allocate(device, bytes); });
    report_memory(env, array, bytes);
    return nullptr;
  });
}

// share(object, array, begin, end): the object becomes a device array of those elements.
napi_value share(napi_env env, napi_callback_info call) {
  return guarded(env, "DeviceArray.subarray", [&]() -> napi_value {
    const DeviceArguments arguments(env, call);
    const DeviceArray& whole_array = array_of(env, arguments.values[1]);
    const int64_t begin = whole(env, arguments.values[2], "begin");
    const int64_t end = whole(env, arguments.values[3], "end");
    if (end < begin || end > whole_array.length) {
      throw Refused{{"ERR_RANGE", "end", "begin <= end <= " + std::to_string(whole_array.length),
                     std::to_string(begin) + " and " + std::to_string(end)}};
    }
    buffer_of(whole_array);
    const int64_t size = size_of(whole_array.dtype);
    DeviceArray& part = wrap(env, arguments.values[0], whole_array.dtype, end - begin);
    part.handle = DeviceMemory::instance().share(whole_array.handle, begin * size, (end - begin) * size);
    return nullptr;
  });
}

napi_value release(napi_env env, napi_callback_info call) {
  return guarded(env, "DeviceArray.dispose", [&]() -> napi_value {
    const DeviceArguments arguments(env, call);
    DeviceArray& array = array_of(env, arguments.values[0]);
    if (device_loss()) {
      drop(env, array);
    } else {
      on_device([&] { drop(env, array); });
    }
    return nullptr;
  });
}

// transfer(array, typedArray): both ways; returns when the host memory may be used again.
template <bool kUpload>
napi_value transfer(napi_env env, napi_callback_info call) {
  return guarded(env, kUpload ? "DeviceArray.write" : "DeviceArray.read", [&]() -> napi_value {
    const DeviceArguments arguments(env, call);
    const DeviceArray& array = array_of(env, arguments.values[0]);
    const bool half = array.dtype == DType::bf16 || array.dtype == DType::f16;
    ArrayArgument host;
    Failure failure;
    if (read_host_array(env, arguments.values[1], half ? DType::floats : array.dtype, host, failure) !=
            ArrayRead::ok ||
        !fits(host.dtype, array.dtype)) {
      throw Refused{{"ERR_DTYPE", "data", host_array_name(array.dtype),
                     value_text(env, arguments.values[1])}};
    }
    if (host.size != array.length) {
      throw Refused{{"ERR_SHAPE", "data", std::to_string(array.length) + " elements",
                     std::to_string(host.size) + " elements"}};
    }
    const DeviceBuffer buffer = buffer_of(array);
    on_device([&] {
      const Stream stream = stream_of_device(buffer.device);
      const auto bytes = static_cast<size_t>(buffer.bytes);
      wait_for(stream);  // copies of pageable memory wait inside the driver, without a limit
      if (bytes > 0) {
        must("copy", kUpload ? device_table().upload(buffer.data, host.data, bytes, stream.handle)
                             : device_table().download(host.data, buffer.data, bytes, stream.handle));
      }
      settle(stream);
    });
    return nullptr;
  });
}

// copy(to, from): on one device, in stream order.
napi_value copy(napi_env env, napi_callback_info call) {
  return guarded(env, "DeviceArray.copyFrom", [&]() -> napi_value {
    const DeviceArguments arguments(env, call);
    const DeviceArray& to = array_of(env, arguments.values[0]);
    const DeviceArray& from = array_of(env, arguments.values[1]);
    if (to.dtype != from.dtype || to.length != from.length) {
      throw Refused{{to.dtype == from.dtype ? "ERR_SHAPE" : "ERR_DTYPE", "source",
                     device_array_name(to.dtype) + " with " + std::to_string(to.length) + " elements",
                     device_array_name(from.dtype) + " with " + std::to_string(from.length)}};
    }
    const DeviceBuffer target = buffer_of(to), source = buffer_of(from);
    if (target.device != source.device) {
      throw Refused{{"ERR_DEVICE_MIXED", "source", "memory of cuda:" + std::to_string(target.device),
                     "memory of cuda:" + std::to_string(source.device)}};
    }
    if (target.data == source.data || target.bytes == 0) return nullptr;
    const auto a = reinterpret_cast<uintptr_t>(target.data), b = reinterpret_cast<uintptr_t>(source.data);
    const auto bytes = static_cast<size_t>(target.bytes);
    if (a < b + bytes && b < a + bytes) {
      throw Refused{{"ERR_ALIAS", "source", "memory apart from the target's", "memory shared with it"}};
    }
    on_device([&] {
      const Stream stream = stream_of_device(target.device);
      must("copy", device_table().copy(target.data, source.data, bytes, stream.handle));
    });
    return nullptr;
  });
}

uint64_t pattern_of(DType dtype, double value) {
  union {
    double f64;
    float f32;
    uint64_t bits;
  } pattern{};
  if (dtype == DType::f64) {
    pattern.f64 = value;
    return pattern.bits;
  }
  const auto narrow = static_cast<float>(value);
  if (dtype == DType::bf16) return math::Narrow<Bf16>::from(narrow).bits;
  if (dtype == DType::f16) return math::Narrow<F16>::from(narrow).bits;
  if (dtype == DType::f32) {
    pattern.f32 = narrow;
    return pattern.bits;
  }
  const double lo = dtype == DType::u8 ? 0 : -2147483648.0, hi = dtype == DType::u8 ? 255 : 2147483647.0;
  if (!(value >= lo && value <= hi) || value != std::floor(value)) {
    throw Refused{{"ERR_RANGE", "value", dtype == DType::u8 ? "an integer in [0, 255]" : "a 32-bit integer",
                   number_text(value)}};
  }
  return static_cast<uint64_t>(static_cast<int64_t>(value));
}

napi_value fill(napi_env env, napi_callback_info call) {
  return guarded(env, "DeviceArray.fill", [&]() -> napi_value {
    const DeviceArguments arguments(env, call);
    const DeviceArray& array = array_of(env, arguments.values[0]);
    double value = 0;
    if (napi_get_value_double(env, arguments.values[1], &value) != napi_ok) {
      throw Refused{{"ERR_TYPE", "value", "a number", value_text(env, arguments.values[1])}};
    }
    const uint64_t pattern = pattern_of(array.dtype, value);
    const DeviceBuffer buffer = buffer_of(array);
    if (buffer.bytes == 0) return nullptr;
    on_device([&] {
      const Stream stream = stream_of_device(buffer.device);
      if (pattern == 0) {
        must("fill", device_table().fill(buffer.data, 0, static_cast<size_t>(buffer.bytes), stream.handle));
      } else {
        cuda::fill_elements(stream, buffer.data, array.length, size_of(array.dtype), pattern);
      }
    });
    return nullptr;
  });
}

napi_value pointer(napi_env env, napi_callback_info call) {
  return guarded(env, "DeviceArray.unsafeDevicePointer", [&] {
    const DeviceArguments arguments(env, call);
    const DeviceBuffer buffer = buffer_of(array_of(env, arguments.values[0]));
    napi_value address;
    must(env, napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(buffer.data), &address));
    return address;
  });
}

}  // namespace

int64_t whole(napi_env env, napi_value value, const char* name) {
  double number = -1;
  const bool is_number = napi_get_value_double(env, value, &number) == napi_ok;
  if (!is_number || !(number >= 0) || number != std::floor(number) || number > 9007199254740991.0) {
    throw Refused{{is_number ? "ERR_RANGE" : "ERR_TYPE", name, "an integer >= 0",
                   value_text(env, value)}};
  }
  return static_cast<int64_t>(number);
}

void export_device_arrays(napi_env env, napi_value exports) {
  export_function(env, exports, "allocate", allocate);
  export_function(env, exports, "share", share);
  export_function(env, exports, "release", release);
  export_function(env, exports, "upload", transfer<true>);
  export_function(env, exports, "download", transfer<false>);
  export_function(env, exports, "copy", copy);
  export_function(env, exports, "fill", fill);
  export_function(env, exports, "pointer", pointer);
}

}  // namespace anacrusis
