#include <cmath>
#include <cstring>

#include "backend.h"
#include "device_arrays.h"
#include "ops/cuda_build.h"
#include "runtime/cublaslt.h"

namespace anacrusis {
namespace {

template <class F>
auto on_device(const F& body) {
  try {
    return body();
  } catch (const DeviceFailure& failure) {
    throw Refused{{"ERR_DEVICE", "", "a working device", failure.what()}};
  }
}

napi_value device_object(napi_env env, int32_t index) {
  DeviceProperties properties{};
  must("read properties", device_table().properties(index, &properties));
  napi_value object;
  must(env, napi_create_object(env, &object));
  set(env, object, "index", make_number(env, index));
  set(env, object, "name", properties.name);
  set(env, object, "capability",
      std::to_string(properties.major) + "." + std::to_string(properties.minor));
  set(env, object, "multiprocessors", make_number(env, properties.multiprocessors));
  set(env, object, "totalBytes", make_number(env, static_cast<double>(properties.total_bytes)));
  return object;
}

// Never throws because of a missing driver: it says what is there and why not more.
napi_value info(napi_env env, napi_callback_info) {
  return guarded(env, "deviceInfo", [&] {
    int32_t driver = 0, runtime = 0, count = 0;
    device_table().driver_version(&driver);
    device_table().runtime_version(&runtime);
    const DeviceStatus status = device_table().device_count(&count);
    napi_value object, devices;
    must(env, napi_create_object(env, &object));
    must(env, napi_create_array(env, &devices));
    set(env, object, "driverVersion", make_number(env, driver));
    set(env, object, "runtimeVersion", make_number(env, runtime));
    set(env, object, "reason", status == 0 ? "" : device_table().describe(status));
    for (int32_t i = 0; status == 0 && i < count; ++i) {
      napi_value device = on_device([&] { return device_object(env, i); });
      must(env, napi_set_element(env, devices, static_cast<uint32_t>(i), device));
    }
    set(env, object, "devices", devices);
    const LibrarySearch cublaslt = find_cublaslt();
    set(env, object, "cublasLt", cublaslt.path);
    set(env, object, "cublasLtReason", cublaslt.reason);
    return object;
  });
}

struct Arguments {
  napi_value values[4];
  size_t count = 4;

  Arguments(napi_env env, napi_callback_info call) {
    must(env, napi_get_cb_info(env, call, &count, values, nullptr, nullptr));
  }
};

int64_t whole(napi_env env, napi_value value, const char* name) {
  double number = -1;
  if (napi_get_value_double(env, value, &number) != napi_ok || !(number >= 0) ||
      number != std::floor(number) || number > 9007199254740991.0) {
    throw Refused{{"ERR_RANGE", name, "an integer >= 0", "another value"}};
  }
  return static_cast<int64_t>(number);
}

DeviceArray& array_of(napi_env env, napi_value value) {
  bool tagged = false;
  napi_check_object_type_tag(env, value, &kDeviceArrayTag, &tagged);
  void* wrapped = nullptr;
  if (!tagged || napi_unwrap(env, value, &wrapped) != napi_ok) {
    throw Refused{{"ERR_TYPE", "buffer", "a device buffer", "another value"}};
  }
  return *static_cast<DeviceArray*>(wrapped);
}

// allocate(object, device, dtype, length): the object becomes a device buffer that ops accept; dtype
// as in the descriptions' order (1 f32, 2 f64, 3 i32, 4 u8).
napi_value allocate(napi_env env, napi_callback_info call) {
  return guarded(env, "allocate", [&]() -> napi_value {
    const Arguments arguments(env, call);
    const auto device = static_cast<int32_t>(whole(env, arguments.values[1], "device"));
    const int64_t code = whole(env, arguments.values[2], "dtype");
    if (code < 1 || code > 4) throw Refused{{"ERR_RANGE", "dtype", "1 to 4", std::to_string(code)}};
    const auto dtype = static_cast<DType>(code);
    const int64_t length = whole(env, arguments.values[3], "length");
    const napi_value object = arguments.values[0];
    auto* array = new DeviceArray{{}, dtype, length};
    const auto forget = [](napi_env, void* data, void*) {
      auto* dropped = static_cast<DeviceArray*>(data);
      try {
        DeviceMemory::instance().release(dropped->handle);
      } catch (const DeviceFailure&) {
        // The device is gone and its memory with it.
      }
      delete dropped;
    };
    if (napi_wrap(env, object, array, forget, nullptr, nullptr) != napi_ok) {
      delete array;
      must(env, napi_generic_failure);
    }
    must(env, napi_type_tag_object(env, object, &kDeviceArrayTag));
    array->handle = on_device(
        [&] { return DeviceMemory::instance().allocate(device, length * size_of(dtype)); });
    return nullptr;
  });
}

napi_value release(napi_env env, napi_callback_info call) {
  return guarded(env, "release", [&]() -> napi_value {
    const Arguments arguments(env, call);
    DeviceArray& array = array_of(env, arguments.values[0]);
    on_device([&] { return DeviceMemory::instance().release(array.handle); });
    return nullptr;
  });
}

// transfer(buffer, typedArray): both ways; returns when the host memory may be used again.
template <bool kUpload>
napi_value transfer(napi_env env, napi_callback_info call) {
  return guarded(env, kUpload ? "upload" : "download", [&]() -> napi_value {
    const Arguments arguments(env, call);
    const DeviceArray& array = array_of(env, arguments.values[0]);
    napi_typedarray_type type;
    size_t length;
    void* host;
    if (napi_get_typedarray_info(env, arguments.values[1], &type, &length, &host, nullptr, nullptr) !=
            napi_ok ||
        static_cast<int64_t>(length) != array.length) {
      throw Refused{{"ERR_SHAPE", "data", "a typed array of " + std::to_string(array.length) + " elements",
                     "another value or length"}};
    }
    DeviceBuffer buffer;
    if (!DeviceMemory::instance().find(array.handle, buffer)) {
      throw Refused{{"ERR_DISPOSED", "buffer", "a buffer that is alive", "one that was disposed of"}};
    }
    on_device([&] {
      const Stream stream = stream_of_device(buffer.device);
      const auto bytes = static_cast<size_t>(buffer.bytes);
      must("copy", kUpload ? device_table().upload(buffer.data, host, bytes, stream.handle)
                           : device_table().download(host, buffer.data, bytes, stream.handle));
      must("wait", device_table().stream_wait(stream.handle));
    });
    return nullptr;
  });
}

void export_function(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  must(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function));
  set(env, exports, name, function);
}

}  // namespace

bool runs_here(const CompiledOp& op) { return op.info->on_cuda; }

void run_op(const CompiledOp& op, const void* arguments, int32_t device) {
  on_device([&] {
    cuda_build()[static_cast<size_t>(op.index)](arguments, stream_of_device(device == kHost ? 0 : device));
  });
}

void export_backend(napi_env env, napi_value exports) {
  export_function(env, exports, "info", info);
  export_function(env, exports, "allocate", allocate);
  export_function(env, exports, "release", release);
  export_function(env, exports, "upload", transfer<true>);
  export_function(env, exports, "download", transfer<false>);
}

}  // namespace anacrusis
