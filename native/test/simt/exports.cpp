// What emulated.node exports beside the addon: `simt`, the test's hand on the emulator.
#include "exports.h"

#include "emulated_device.h"
#include "engine.h"
#include "memory.h"
#include "runtime/device_stream.h"

namespace anacrusis {
namespace {

std::string text_argument(napi_env env, napi_callback_info info) {
  napi_value value;
  size_t count = 1, length = 0;
  must(env, napi_get_cb_info(env, info, &count, &value, nullptr, nullptr));
  char text[1024] = "";
  must(env, napi_get_value_string_utf8(env, value, text, sizeof text, &length));
  return {text, length};
}

// configure("order=random seed=7 ..."): settings of engine.h.
napi_value configure(napi_env env, napi_callback_info info) {
  return guarded(env, "configure", [&]() -> napi_value {
    const std::string words = text_argument(env, info);
    if (!simt::configure(words.c_str())) throw Refused{{"ERR_RANGE", "words", "settings of the emulator", words}};
    return nullptr;
  });
}

// faultPlan("allocate:3=2 launch:1=719!"): failures of emulated_device.h.
napi_value fault_plan(napi_env env, napi_callback_info info) {
  return guarded(env, "faultPlan", [&]() -> napi_value {
    const std::string plan = text_argument(env, info);
    forget_device_loss();
    if (!simt::plan_faults(plan.c_str())) throw Refused{{"ERR_RANGE", "plan", "function:call=status[!]", plan}};
    return nullptr;
  });
}

// callCounts(): calls of each function of the device table since the last plan.
napi_value call_counts(napi_env env, napi_callback_info) {
  return guarded(env, "callCounts", [&] {
    napi_value object;
    must(env, napi_create_object(env, &object));
    for (const auto& [function, count] : simt::call_counts()) {
      set(env, object, function.c_str(), make_number(env, static_cast<double>(count)));
    }
    return object;
  });
}

// ledger(): device memory that is alive, allocations ever made, kernels launched.
napi_value ledger(napi_env env, napi_callback_info) {
  return guarded(env, "ledger", [&] {
    const simt::Ledger ledger = simt::ledger();
    napi_value object;
    must(env, napi_create_object(env, &object));
    set(env, object, "allocations", make_number(env, static_cast<double>(ledger.allocations)));
    set(env, object, "bytes", make_number(env, static_cast<double>(ledger.bytes)));
    set(env, object, "made", make_number(env, static_cast<double>(ledger.made)));
    set(env, object, "launches", make_number(env, static_cast<double>(simt::launches())));
    return object;
  });
}

}  // namespace

ArrayBytes array_bytes(napi_env env, napi_value array) {
  constexpr size_t kSizes[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  must(env, napi_get_typedarray_info(env, array, &type, &length, &data, nullptr, nullptr));
  return {data, length * kSizes[type]};
}

void export_emulator(napi_env env, napi_value exports) {
  napi_value object;
  must(env, napi_create_object(env, &object));
  const auto add = [&](const char* name, napi_callback callback) {
    napi_value function;
    must(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function));
    set(env, object, name, function);
  };
  add("configure", configure);
  add("faultPlan", fault_plan);
  add("callCounts", call_counts);
  add("ledger", ledger);
  add("fold", fold);
  add("gemm", run_gemm);
  set(env, exports, "simt", object);
}

}  // namespace anacrusis
