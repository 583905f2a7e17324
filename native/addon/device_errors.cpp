#include "device_errors.h"

namespace anacrusis {

Refused lost_device(const std::string& reason) {
  return {{"ERR_DEVICE_LOST", "", "a device that works",
           reason + "; CUDA works again in a new process only, the CPU goes on working"}};
}

Refused no_device_memory(const DeviceOutOfMemory& error) {
  Failure failure{"ERR_MEMORY", "", std::to_string(error.wanted) + " bytes of device memory",
                  std::to_string(error.free) + " bytes free of " + std::to_string(error.total)};
  failure.wanted = error.wanted;
  failure.free = error.free;
  failure.total = error.total;
  return {failure};
}

Refused device_failure(const DeviceFailure& failure) {
  constexpr DeviceStatus kNoKernelImage = 209, kUnsupportedPtx = 222;
  if (const std::string* reason = device_loss()) return lost_device(*reason);
  if (failure.status == kNoKernelImage || failure.status == kUnsupportedPtx) {
    return {{"ERR_DEVICE_ARCHITECTURE", "", "a device of compute capability 8.0 or later and a driver that knows it",
             failure.what()}};
  }
  return {{"ERR_DEVICE", "", "a working device", failure.what()}};
}

}  // namespace anacrusis
