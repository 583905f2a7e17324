// The `_async` form of an op: inputs are copied before the call returns (an ordinary ArrayBuffer can
// be detached or resized under a running job), outputs are written back when the job is done.
#include "async_call.h"

#include <cstring>
#include <memory>

#include "backend.h"
#include "binder.h"

namespace anacrusis {
namespace {

struct AsyncCall {
  explicit AsyncCall(std::unique_ptr<Call> checked) : call(std::move(checked)) {}

  std::unique_ptr<Call> call;
  std::vector<Call::Output> outputs;
  std::vector<napi_ref> references;  // one per output
  napi_deferred deferred = nullptr;
  napi_async_work work = nullptr;
  std::exception_ptr error;
};

void execute(napi_env, void* data) {
  auto* job = static_cast<AsyncCall*>(data);
  try {
    run_op(job->call->op(), job->call->arguments(), job->call->device());
  } catch (...) {
    job->error = std::current_exception();
  }
}

void write_back(napi_env env, const AsyncCall& job) {
  for (size_t i = 0; i < job.outputs.size(); ++i) {
    const Call::Output& output = job.outputs[i];
    const Field& field = *job.call->op().fields[output.field].field;
    napi_value value;
    must(env, napi_get_reference_value(env, job.references[i], &value));
    ArrayArgument array;
    Failure failure;
    const bool readable = read_host_array(env, value, field.dtype, array, failure) == ArrayRead::ok &&
                          fits(array.dtype, output.dtype);
    if (!readable || array.size * size_of(output.dtype) != output.bytes) {
      throw Refused{{"ERR_DETACHED", field.name, "the array to keep its memory until the job is done",
                     "an array that was detached or resized"}};
    }
    if (output.bytes > 0) std::memcpy(array.data, output.own, static_cast<size_t>(output.bytes));
  }
}

void complete(napi_env env, napi_status status, void* data) {
  const std::unique_ptr<AsyncCall> job(static_cast<AsyncCall*>(data));
  const char* op = job->call->op().info->name;
  guarded(env, op, [&]() -> napi_value {
    if (status == napi_cancelled) return nullptr;
    if (job->error) std::rethrow_exception(job->error);
    write_back(env, *job);
    return nullptr;
  });
  // A terminating worker answers these with an error: nobody is left to hear it.
  for (napi_ref reference : job->references) napi_delete_reference(env, reference);
  napi_delete_async_work(env, job->work);
  napi_value settled;
  bool failed = false;
  if (napi_is_exception_pending(env, &failed) != napi_ok) return;
  if (failed) {
    napi_get_and_clear_last_exception(env, &settled);
    napi_reject_deferred(env, job->deferred, settled);
  } else {
    napi_get_undefined(env, &settled);
    napi_resolve_deferred(env, job->deferred, settled);
  }
}

}  // namespace

napi_value start_async(napi_env env, const CompiledOp& op, const napi_value* values, size_t count) {
  auto job = std::make_unique<AsyncCall>(std::make_unique<Call>(env, op, values, count));
  job->outputs = job->call->detach();
  napi_value name, promise;
  must(env, napi_create_string_utf8(env, op.info->name, NAPI_AUTO_LENGTH, &name));
  must(env, napi_create_async_work(env, nullptr, name, execute, complete, job.get(), &job->work));
  for (const Call::Output& output : job->outputs) {
    napi_ref reference;
    must(env, napi_create_reference(env, output.value, 1, &reference));
    job->references.push_back(reference);
  }
  must(env, napi_create_promise(env, &job->deferred, &promise));
  must(env, napi_queue_async_work(env, job->work));
  job.release();
  return promise;
}

}  // namespace anacrusis
