// The `_async` form of an op: checked and started at once, a promise of its end.
#include "async_call.h"

#include "backend.h"

namespace anacrusis {
namespace {

struct AsyncCall {
  const char* op;
  std::unique_ptr<Job> job;
  napi_deferred deferred = nullptr;
  napi_async_work work = nullptr;
  std::exception_ptr error;
};

void execute(napi_env, void* data) {
  auto* call = static_cast<AsyncCall*>(data);
  try {
    call->job->work();
  } catch (...) {
    call->error = std::current_exception();
  }
}

void complete(napi_env env, napi_status status, void* data) {
  const std::unique_ptr<AsyncCall> call(static_cast<AsyncCall*>(data));
  guarded(env, call->op, [&]() -> napi_value {
    if (status == napi_cancelled) return nullptr;
    if (call->error) std::rethrow_exception(call->error);
    call->job->finish(env);
    return nullptr;
  });
  // A terminating worker answers these with an error: nobody is left to hear it.
  call->job->let_go(env);
  napi_delete_async_work(env, call->work);
  napi_value settled;
  bool failed = false;
  if (napi_is_exception_pending(env, &failed) != napi_ok) return;
  if (failed) {
    napi_get_and_clear_last_exception(env, &settled);
    napi_reject_deferred(env, call->deferred, settled);
  } else {
    napi_get_undefined(env, &settled);
    napi_resolve_deferred(env, call->deferred, settled);
  }
}

}  // namespace

napi_value start_async(napi_env env, const CompiledOp& op, const napi_value* values, size_t count) {
  auto call = std::make_unique<AsyncCall>();
  call->op = op.info->name;
  call->job = start_job(env, std::make_unique<Call>(env, op, values, count));
  napi_value name, promise;
  must(env, napi_create_string_utf8(env, op.info->name, NAPI_AUTO_LENGTH, &name));
  must(env, napi_create_async_work(env, nullptr, name, execute, complete, call.get(), &call->work));
  must(env, napi_create_promise(env, &call->deferred, &promise));
  must(env, napi_queue_async_work(env, call->work));
  call.release();
  return promise;
}

}  // namespace anacrusis
