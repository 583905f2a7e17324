// Failures of a device as refusals.
#pragma once

#include "napi.h"
#include "runtime/device_stream.h"

namespace anacrusis {

Refused lost_device(const std::string& reason);
Refused no_device_memory(const DeviceOutOfMemory& error);
Refused device_failure(const DeviceFailure& failure);

// body(), unless the devices of this process are lost. Throws Refused.
template <class F>
auto on_device(const F& body) {
  if (const std::string* reason = device_loss()) throw lost_device(*reason);
  try {
    return body();
  } catch (const DeviceOutOfMemory& error) {
    throw no_device_memory(error);
  } catch (const DeviceFailure& failure) {
    throw device_failure(failure);
  }
}

}  // namespace anacrusis
