// Asynchronous calls of the CPU binary: inputs are copied before the call returns (an ordinary ArrayBuffer
// can be detached or resized under a running job), outputs are written back when the job is done.
#include <cstring>

#include "backend.h"

namespace anacrusis {
namespace {

class HostJob : public Job {
 public:
  HostJob(napi_env env, std::unique_ptr<Call> call) : call_(std::move(call)), outputs_(call_->detach()) {
    for (const Call::Output& output : outputs_) {
      napi_ref reference;
      must(env, napi_create_reference(env, output.value, 1, &reference));
      references_.push_back(reference);
    }
  }

  void work() override { run_op(*call_); }

  void finish(napi_env env) override {
    for (size_t i = 0; i < outputs_.size(); ++i) write_back(env, outputs_[i], references_[i]);
  }

  void let_go(napi_env env) override {
    for (napi_ref reference : references_) napi_delete_reference(env, reference);
  }

 private:
  void write_back(napi_env env, const Call::Output& output, napi_ref reference) const {
    const Field& field = *call_->op().fields[output.field].field;
    napi_value value;
    must(env, napi_get_reference_value(env, reference, &value));
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

  std::unique_ptr<Call> call_;
  std::vector<Call::Output> outputs_;
  std::vector<napi_ref> references_;  // one per output
};

}  // namespace

std::unique_ptr<Job> start_job(napi_env env, std::unique_ptr<Call> call) {
  return std::make_unique<HostJob>(env, std::move(call));
}

}  // namespace anacrusis
