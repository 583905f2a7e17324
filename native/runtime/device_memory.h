// Device buffers as slot + generation handles: use after free is an error, never a read.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "device_stream.h"

namespace anacrusis {

struct BufferHandle {
  uint32_t slot = 0;
  uint32_t generation = 0;  // 0 is never in use
};

struct DeviceBuffer {
  void* data = nullptr;
  int64_t bytes = 0;
  int32_t device = 0;
};

// All buffers of the process; safe to use from several threads.
class DeviceMemory {
 public:
  static DeviceMemory& instance();

  // Throws DeviceFailure, or std::bad_alloc when the device has no room.
  BufferHandle allocate(int32_t device, int64_t bytes);
  // False when the handle is not in use any more.
  bool find(BufferHandle handle, DeviceBuffer& buffer);
  bool release(BufferHandle handle);
  int64_t live_bytes();

 private:
  struct Slot {
    DeviceBuffer buffer;
    uint32_t generation = 0;
    bool used = false;
  };
  std::mutex mutex_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
};

// The stream that all work of a device goes through, in order. Throws DeviceFailure.
Stream stream_of_device(int32_t device);

}  // namespace anacrusis
