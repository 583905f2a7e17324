// The module: one function per op of the list, and the asynchronous twin of each.
#include <stdexcept>

#include "async_call.h"
#include "backend.h"
#include "binder.h"
#include "describe.h"
#include "environment.h"
#include "runtime/pool.h"
#include "version.h"

namespace anacrusis {
namespace {

struct Arguments {
  napi_value values[kMaxFields];
  size_t count = kMaxFields;
  void* data = nullptr;

  Arguments(napi_env env, napi_callback_info info) {
    must(env, napi_get_cb_info(env, info, &count, values, nullptr, &data));
  }
};

napi_value call_op(napi_env env, napi_callback_info info) {
  const char* name = "";
  return guarded(env, name, [&]() -> napi_value {
    const Arguments arguments(env, info);
    const auto& op = *static_cast<const CompiledOp*>(arguments.data);
    return guarded(env, op.info->name, [&]() -> napi_value {
      const Call call(env, op, arguments.values, arguments.count);
      run_op(call);
      return nullptr;
    });
  });
}

napi_value call_op_async(napi_env env, napi_callback_info info) {
  return guarded(env, "", [&]() -> napi_value {
    const Arguments arguments(env, info);
    const auto& op = *static_cast<const CompiledOp*>(arguments.data);
    return guarded(env, op.info->name, [&] {
      return start_async(env, op, arguments.values, arguments.count);
    });
  });
}

napi_value export_ops(napi_env env, napi_callback callback) {
  napi_value ops;
  must(env, napi_create_object(env, &ops));
  for (const CompiledOp& op : compiled_ops()) {
    if (op.fields.size() > kMaxFields) throw std::length_error("an op with more than kMaxFields fields");
    if (!runs_here(op)) continue;
    napi_value function;
    must(env, napi_create_function(env, op.info->name, NAPI_AUTO_LENGTH, callback,
                                   const_cast<CompiledOp*>(&op), &function));
    set(env, ops, op.info->name, function);
  }
  return ops;
}

napi_value register_errors(napi_env env, napi_callback_info info) {
  return guarded(env, "registerErrors", [&]() -> napi_value {
    const Arguments arguments(env, info);
    Environment* environment = Environment::of(env);
    if (environment->make_error) must(env, napi_delete_reference(env, environment->make_error));
    must(env, napi_create_reference(env, arguments.values[0], 1, &environment->make_error));
    return nullptr;
  });
}

napi_value initialise(napi_env env, napi_value exports) {
  return guarded(env, "load", [&] {
    auto* environment = new Environment;
    must(env, napi_set_instance_data(
                  env, environment,
                  [](napi_env, void* data, void*) { delete static_cast<Environment*>(data); }, nullptr));
    retain_pool();
    must(env, napi_add_env_cleanup_hook(env, [](void*) { release_pool(); }, nullptr));
    set(env, exports, "version", ANACRUSIS_VERSION);
    set(env, exports, "ops", export_ops(env, call_op));
    set(env, exports, "opsAsync", export_ops(env, call_op_async));
    set(env, exports, "descriptions", describe(env));
    napi_value function;
    must(env, napi_create_function(env, "registerErrors", NAPI_AUTO_LENGTH, register_errors, nullptr,
                                   &function));
    set(env, exports, "registerErrors", function);
    export_backend(env, exports);
    return exports;
  });
}

}  // namespace
}  // namespace anacrusis

extern "C" __attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1() {
  return NAPI_VERSION;
}

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(
    napi_env env, napi_value exports) {
  return anacrusis::initialise(env, exports);
}
