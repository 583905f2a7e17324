#include <iterator>

#include "environment.h"
#include "napi.h"

namespace anacrusis {

void throw_failure(napi_env env, const char* op, const Failure& failure) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending) return;
  Environment* environment = Environment::of(env);
  napi_value factory = nullptr;
  if (environment && environment->make_error) {
    napi_get_reference_value(env, environment->make_error, &factory);
  }
  napi_value error, receiver;
  try {
    const napi_value arguments[] = {
        make_string(env, failure.code), make_string(env, failure.op.empty() ? op : failure.op),
        make_string(env, failure.parameter),
        make_string(env, failure.expected), make_string(env, failure.received),
        make_number(env, static_cast<double>(failure.wanted)),
        make_number(env, static_cast<double>(failure.free)),
        make_number(env, static_cast<double>(failure.total))};
    if (!factory) {
      const std::string text = "expected " + failure.expected + ", received " + failure.received;
      napi_throw_error(env, failure.code, text.c_str());
      return;
    }
    must(env, napi_get_undefined(env, &receiver));
    must(env, napi_call_function(env, receiver, factory, std::size(arguments), arguments, &error));
    must(env, napi_throw(env, error));
  } catch (const JsPending&) {
  }
}

}  // namespace anacrusis
