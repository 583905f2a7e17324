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

  // Throws DeviceFailure, DeviceOutOfMemory.
  BufferHandle allocate(int32_t device, int64_t bytes);
  // A buffer of its own on part of another one's memory, which lives as long as any of them. The part must
  // lie inside. Generation 0 when the handle is not in use any more.
  BufferHandle share(BufferHandle handle, int64_t offset, int64_t bytes);
  // False when the handle is not in use any more.
  bool find(BufferHandle handle, DeviceBuffer& buffer);
  bool release(BufferHandle handle);
  // Bytes allocated on a device and not released.
  int64_t live_bytes(int32_t device);

 private:
  struct Block {
    DeviceBuffer memory;
    int64_t owners;
  };
  struct Slot {
    DeviceBuffer buffer;
    Block* block = nullptr;
    uint32_t generation = 0;
    bool used = false;
  };

  BufferHandle take_slot(const DeviceBuffer& buffer, Block* block);
  Slot* used_slot(BufferHandle handle);

  std::mutex mutex_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  std::vector<int64_t> live_;  // by device
};

// The stream that all work of a device goes through, in order; makes the device that of the calling thread.
// Throws DeviceFailure.
Stream stream_of_device(int32_t device);

}  // namespace anacrusis
