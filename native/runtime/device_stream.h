// A stream of one device, as op code sees it.
#pragma once

#include <stdexcept>
#include <string>

#include "device_table.h"

namespace anacrusis {

// A refusal by the driver; the addon turns it into a DeviceError.
struct DeviceFailure : std::runtime_error {
  DeviceStatus status;

  DeviceFailure(const char* what, DeviceStatus s)
      : std::runtime_error(std::string(what) + ": " + device_table().describe(s) + " (" +
                           std::to_string(s) + ")"),
        status(s) {}
};

inline void must(const char* what, DeviceStatus status) {
  if (status != 0) throw DeviceFailure(what, status);
}

struct Stream {
  StreamHandle handle = nullptr;

  void launch(const void* kernel, LaunchShape shape, void** arguments) const {
    must("kernel launch", device_table().launch(kernel, shape, arguments, handle));
  }
};

}  // namespace anacrusis
