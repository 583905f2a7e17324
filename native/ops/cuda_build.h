#pragma once

#include <span>

#include "runtime/device_stream.h"

namespace anacrusis {

using CudaEntry = void (*)(const void* arguments, const Stream&);  // null: no kernel

std::span<const CudaEntry> cuda_build();  // in the order of ops.h

}  // namespace anacrusis
