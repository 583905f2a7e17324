// Node-API with its statuses as exceptions. No exception leaves a callback: `guarded` ends them all.
#pragma once

#define NAPI_VERSION 8
#define NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED
#include <node_api.h>

#include <exception>
#include <new>
#include <string>

#include "runtime/failure.h"

namespace anacrusis {

// A JavaScript exception is pending, or the environment is going down: unwind and return.
struct JsPending {};

// A refusal on its way to JavaScript.
struct Refused {
  Failure failure;
};

inline void must(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, "ERR_NODE_API", "a Node-API call failed");
  throw JsPending{};
}

inline napi_value make_string(napi_env env, const std::string& text) {
  napi_value value;
  must(env, napi_create_string_utf8(env, text.c_str(), text.size(), &value));
  return value;
}

inline napi_value make_number(napi_env env, double number) {
  napi_value value;
  must(env, napi_create_double(env, number, &value));
  return value;
}

inline void set(napi_env env, napi_value object, const char* name, napi_value value) {
  must(env, napi_set_named_property(env, object, name, value));
}

inline void set(napi_env env, napi_value object, const char* name, const std::string& text) {
  set(env, object, name, make_string(env, text));
}

// Throws the JavaScript error of a refused call: the class that the package registered.
void throw_failure(napi_env env, const char* op, const Failure& failure);

template <class F>
napi_value guarded(napi_env env, const char* op, F&& body) noexcept {
  try {
    return body();
  } catch (const JsPending&) {
  } catch (const Refused& refused) {
    throw_failure(env, op, refused.failure);
  } catch (const std::bad_alloc&) {
    throw_failure(env, op, {"ERR_MEMORY", "", "enough memory for the call", "std::bad_alloc"});
  } catch (const std::exception& error) {
    throw_failure(env, op, {"ERR_INTERNAL", "", "no native exception", error.what()});
  } catch (...) {
    throw_failure(env, op, {"ERR_INTERNAL", "", "no native exception", "an unknown one"});
  }
  return nullptr;
}

}  // namespace anacrusis
