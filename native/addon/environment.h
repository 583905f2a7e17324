// State per Node environment (the main thread and each worker have one of their own).
#pragma once

#include "napi.h"

namespace anacrusis {

struct Environment {
  napi_ref make_error = nullptr;  // (code, op, parameter, expected, received) => Error

  static Environment* of(napi_env env) {
    void* data = nullptr;
    return napi_get_instance_data(env, &data) == napi_ok ? static_cast<Environment*>(data) : nullptr;
  }
};

}  // namespace anacrusis
