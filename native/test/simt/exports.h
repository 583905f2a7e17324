#pragma once

#include "addon/napi.h"

namespace anacrusis {

void export_emulator(napi_env env, napi_value exports);

}  // namespace anacrusis
