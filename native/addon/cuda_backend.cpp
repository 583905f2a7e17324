#include <atomic>

#include "backend.h"
#include "device_arrays.h"
#include "device_errors.h"
#include "ops/cuda_build.h"
#include "runtime/cublaslt.h"
#include "runtime/value_check.h"
#if defined(ANACRUSIS_EMULATED)
#include "test/simt/exports.h"
#endif

namespace anacrusis {
namespace {

std::atomic<bool> value_checks{true};

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

// Never throws because of a missing driver or a lost device: it says what is there and why not more.
napi_value info(napi_env env, napi_callback_info) {
  return guarded(env, "deviceInfo", [&] {
    int32_t driver = 0, runtime = 0, count = 0;
    device_table().driver_version(&driver);
    device_table().runtime_version(&runtime);
    const std::string* const lost = device_loss();
    const DeviceStatus status = lost ? 0 : device_table().device_count(&count);
    napi_value object, devices, is_lost;
    must(env, napi_create_object(env, &object));
    must(env, napi_create_array(env, &devices));
    must(env, napi_get_boolean(env, lost != nullptr, &is_lost));
    set(env, object, "driverVersion", make_number(env, driver));
    set(env, object, "runtimeVersion", make_number(env, runtime));
    set(env, object, "lost", is_lost);
    const std::string reason = driver == 0 ? "no CUDA driver is installed" : device_table().describe(status);
    set(env, object, "reason", lost ? *lost : status == 0 ? "" : reason);
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

napi_value memory(napi_env env, napi_callback_info call) {
  return guarded(env, "Device.memory", [&] {
    const DeviceArguments arguments(env, call);
    const auto device = static_cast<int32_t>(whole(env, arguments.values[0], "device"));
    size_t free = 0, total = 0;
    on_device([&] {
      stream_of_device(device);
      must("read memory", device_table().memory(&free, &total));
    });
    napi_value object;
    must(env, napi_create_object(env, &object));
    set(env, object, "free", make_number(env, static_cast<double>(free)));
    set(env, object, "total", make_number(env, static_cast<double>(total)));
    const int64_t live = DeviceMemory::instance().live_bytes(device);
    set(env, object, "live", make_number(env, static_cast<double>(live)));
    return object;
  });
}

napi_value synchronize(napi_env env, napi_callback_info call) {
  return guarded(env, "Device.synchronize", [&]() -> napi_value {
    const DeviceArguments arguments(env, call);
    const auto device = static_cast<int32_t>(whole(env, arguments.values[0], "device"));
    on_device([&] { settle(stream_of_device(device)); });
    return nullptr;
  });
}

napi_value set_value_checks(napi_env env, napi_callback_info call) {
  return guarded(env, "setDeviceChecks", [&]() -> napi_value {
    const DeviceArguments arguments(env, call);
    bool on;
    if (napi_get_value_bool(env, arguments.values[0], &on) != napi_ok) {
      throw Refused{{"ERR_TYPE", "on", "a boolean", value_text(env, arguments.values[0])}};
    }
    value_checks = on;
    return nullptr;
  });
}

napi_value set_timeout(napi_env env, napi_callback_info call) {
  return guarded(env, "setDeviceTimeout", [&]() -> napi_value {
    const DeviceArguments arguments(env, call);
    double seconds;
    if (napi_get_value_double(env, arguments.values[0], &seconds) != napi_ok || !(seconds > 0)) {
      throw Refused{{"ERR_RANGE", "seconds", "a number above 0", value_text(env, arguments.values[0])}};
    }
    set_wait_limit(seconds);
    return nullptr;
  });
}

// The end of the work that was enqueued up to its making.
class DeviceJob : public Job {
 public:
  explicit DeviceJob(const Stream& stream) : device_(stream.device) {
    must("create event", device_table().event_create(&event_));
    const DeviceStatus status = device_table().event_record(event_, stream.handle);
    if (status != 0) device_table().event_destroy(event_);
    must("record event", status);
  }
  ~DeviceJob() override { device_table().event_destroy(event_); }

  void work() override {
    on_device([&] {
      must("use device", device_table().use(device_));
      wait_for_event(event_);
    });
  }
  void finish(napi_env) override {}
  void let_go(napi_env) override {}

 private:
  int32_t device_;
  EventHandle event_ = nullptr;
};

Stream stream_of(const Call& call) { return stream_of_device(call.device() == kHost ? 0 : call.device()); }

}  // namespace

void settle(const Stream& stream) {
  wait_for(stream);  // before the report: a copy to the host would wait inside the driver, without a limit
  ValueReport report;
  report.enqueue(stream);
  wait_for(stream);
  const std::optional<ValueFault> fault = report.take(stream);
  if (!fault) return;
  const CompiledOp& op = compiled_ops()[static_cast<size_t>(fault->op)];
  Failure failure{"ERR_RANGE",
                  std::string(op.fields[static_cast<size_t>(fault->field)].field->name) + "[" +
                      std::to_string(fault->index) + "]",
                  "a value in [" + std::to_string(fault->lo) + ", " + std::to_string(fault->hi) + "]",
                  std::to_string(fault->value) + ", which an earlier call met on the device"};
  failure.op = op.info->name;
  throw Refused{failure};
}

bool runs_here(const CompiledOp& op) { return op.info->on_cuda; }

void run_op(const Call& call) {
  on_device([&] {
    const Stream stream = stream_of(call);
    if (value_checks) {
      for (const ValueCheck& check : call.value_checks()) check_values(stream, check);
    }
    cuda_build()[static_cast<size_t>(call.op().index)](call.arguments(), stream);
  });
}

std::unique_ptr<Job> start_job(napi_env, std::unique_ptr<Call> call) {
  run_op(*call);
  return on_device([&] { return std::make_unique<DeviceJob>(stream_of(*call)); });
}

void export_function(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  must(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function));
  set(env, exports, name, function);
}

void export_backend(napi_env env, napi_value exports) {
  export_function(env, exports, "info", info);
  export_function(env, exports, "memory", memory);
  export_function(env, exports, "synchronize", synchronize);
  export_function(env, exports, "setDeviceChecks", set_value_checks);
  export_function(env, exports, "setDeviceTimeout", set_timeout);
  export_device_arrays(env, exports);
#if defined(ANACRUSIS_EMULATED)
  export_emulator(env, exports);
#endif
}

}  // namespace anacrusis
