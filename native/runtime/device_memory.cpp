#include "device_memory.h"

#include <map>
#include <new>

namespace anacrusis {

DeviceMemory& DeviceMemory::instance() {
  static DeviceMemory* const memory = new DeviceMemory;  // never destroyed: the driver may be gone at exit
  return *memory;
}

BufferHandle DeviceMemory::allocate(int32_t device, int64_t bytes) {
  constexpr DeviceStatus kOutOfMemory = 2;
  const Stream stream = stream_of_device(device);
  void* data = nullptr;
  const DeviceStatus status =
      bytes == 0 ? 0 : device_table().allocate(&data, static_cast<size_t>(bytes), stream.handle);
  if (status == kOutOfMemory) throw std::bad_alloc();
  must("allocate", status);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot = {{data, bytes, device}, slot.generation + 1, true};
  return {index, slot.generation};
}

bool DeviceMemory::find(BufferHandle handle, DeviceBuffer& buffer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (handle.slot >= slots_.size()) return false;
  const Slot& slot = slots_[handle.slot];
  if (!slot.used || slot.generation != handle.generation) return false;
  buffer = slot.buffer;
  return true;
}

bool DeviceMemory::release(BufferHandle handle) {
  DeviceBuffer buffer;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (handle.slot >= slots_.size()) return false;
    Slot& slot = slots_[handle.slot];
    if (!slot.used || slot.generation != handle.generation) return false;
    buffer = slot.buffer;
    slot.used = false;
    free_.push_back(handle.slot);
  }
  // In stream order: work that was enqueued before still finds its memory.
  if (buffer.data) must("release", device_table().release(buffer.data, stream_of_device(buffer.device).handle));
  return true;
}

int64_t DeviceMemory::live_bytes() {
  const std::lock_guard<std::mutex> lock(mutex_);
  int64_t total = 0;
  for (const Slot& slot : slots_) total += slot.used ? slot.buffer.bytes : 0;
  return total;
}

Stream stream_of_device(int32_t device) {
  static std::mutex mutex;
  static std::map<int32_t, Stream>* const streams = new std::map<int32_t, Stream>;
  const std::lock_guard<std::mutex> lock(mutex);
  must("use device", device_table().use(device));
  const auto found = streams->find(device);
  if (found != streams->end()) return found->second;
  Stream stream;
  must("create stream", device_table().stream_create(&stream.handle));
  return streams->emplace(device, stream).first->second;
}

}  // namespace anacrusis
