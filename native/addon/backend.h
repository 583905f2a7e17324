// What differs between the two binaries: where arrays live, how an op runs, what the machine offers.
#pragma once

#include <memory>

#include "binder.h"

namespace anacrusis {

bool runs_here(const CompiledOp& op);
// Runs (CPU) or enqueues (CUDA) the op. Throws Refused when the device refuses.
void run_op(const Call& call);

// What is left of an asynchronous call after it was started.
class Job {
 public:
  virtual ~Job() = default;
  virtual void work() = 0;              // off the JavaScript thread
  virtual void finish(napi_env) = 0;    // on it, when work() returned
  virtual void let_go(napi_env) = 0;    // on it, in any case
};
std::unique_ptr<Job> start_job(napi_env env, std::unique_ptr<Call> call);

// Properties of this back end's exports beside the ops.
void export_backend(napi_env env, napi_value exports);

}  // namespace anacrusis
