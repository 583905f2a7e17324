#include <cmath>

#include "backend.h"
#include "runtime/cpu_table.h"
#include "runtime/pool.h"

namespace anacrusis {
namespace {

napi_value info(napi_env env, napi_callback_info) {
  return guarded(env, "info", [&] {
    napi_value object;
    must(env, napi_create_object(env, &object));
    set(env, object, "isa", cpu_build().isa);
    set(env, object, "bestIsa", best_isa());
    set(env, object, "threads", make_number(env, thread_count()));
    return object;
  });
}

napi_value set_threads(napi_env env, napi_callback_info call) {
  return guarded(env, "setThreads", [&]() -> napi_value {
    size_t count = 1;
    napi_value value;
    must(env, napi_get_cb_info(env, call, &count, &value, nullptr, nullptr));
    double threads = 0;
    if (napi_get_value_double(env, value, &threads) != napi_ok || !(threads >= 1 && threads <= 256) ||
        threads != std::floor(threads)) {
      throw Refused{{"ERR_RANGE", "threads", "an integer in [1, 256]", std::to_string(threads)}};
    }
    set_thread_count(static_cast<int>(threads));
    return nullptr;
  });
}

}  // namespace

bool runs_here(const CompiledOp&) { return true; }

void run_op(const Call& call) {
  cpu_build().ops[static_cast<size_t>(call.op().index)].run(call.arguments());
}

void export_backend(napi_env env, napi_value exports) {
  napi_value function;
  must(env, napi_create_function(env, "info", NAPI_AUTO_LENGTH, info, nullptr, &function));
  set(env, exports, "info", function);
  must(env, napi_create_function(env, "setThreads", NAPI_AUTO_LENGTH, set_threads, nullptr, &function));
  set(env, exports, "setThreads", function);
}

}  // namespace anacrusis
