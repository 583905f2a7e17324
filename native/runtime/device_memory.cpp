#include "device_memory.h"

#include <map>
#include <memory>

namespace anacrusis {

DeviceMemory& DeviceMemory::instance() {
  static DeviceMemory* const memory = new DeviceMemory;  // never destroyed: the driver may be gone at exit
  return *memory;
}

BufferHandle DeviceMemory::take_slot(const DeviceBuffer& buffer, Block* block) {
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot = {buffer, block, slot.generation + 1, true};
  return {index, slot.generation};
}

DeviceMemory::Slot* DeviceMemory::used_slot(BufferHandle handle) {
  if (handle.slot >= slots_.size()) return nullptr;
  Slot& slot = slots_[handle.slot];
  return slot.used && slot.generation == handle.generation ? &slot : nullptr;
}

BufferHandle DeviceMemory::allocate(int32_t device, int64_t bytes) {
  auto block = std::make_unique<Block>(Block{{nullptr, bytes, device}, 1});
  block->memory.data = allocate_on(stream_of_device(device), static_cast<size_t>(bytes));
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto index = static_cast<size_t>(device);
  if (live_.size() <= index) live_.resize(index + 1);
  live_[index] += bytes;
  const DeviceBuffer whole = block->memory;
  return take_slot(whole, block.release());
}

BufferHandle DeviceMemory::share(BufferHandle handle, int64_t offset, int64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Slot* slot = used_slot(handle);
  if (!slot) return {};
  DeviceBuffer part = slot->buffer;
  if (part.data) part.data = static_cast<char*>(part.data) + offset;
  part.bytes = bytes;
  Block* const block = slot->block;
  ++block->owners;
  return take_slot(part, block);
}

bool DeviceMemory::find(BufferHandle handle, DeviceBuffer& buffer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Slot* slot = used_slot(handle);
  if (slot) buffer = slot->buffer;
  return slot != nullptr;
}

bool DeviceMemory::release(BufferHandle handle) {
  std::unique_ptr<Block> last;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Slot* slot = used_slot(handle);
    if (!slot) return false;
    if (--slot->block->owners == 0) {
      last.reset(slot->block);
      live_[static_cast<size_t>(last->memory.device)] -= last->memory.bytes;
    }
    slot->used = false;
    free_.push_back(handle.slot);
  }
  // The memory of a lost device is gone already.
  if (!last || !last->memory.data || device_loss()) return true;
  // In stream order: work that was enqueued before still finds its memory.
  const Stream stream = stream_of_device(last->memory.device);
  must("release", device_table().release(last->memory.data, stream.handle));
  return true;
}

int64_t DeviceMemory::live_bytes(int32_t device) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto index = static_cast<size_t>(device);
  return index < live_.size() ? live_[index] : 0;
}

Stream stream_of_device(int32_t device) {
  static std::mutex mutex;
  static std::map<int32_t, Stream>* const streams = new std::map<int32_t, Stream>;
  const std::lock_guard<std::mutex> lock(mutex);
  must("use device", device_table().use(device));
  const auto found = streams->find(device);
  if (found != streams->end()) return found->second;
  Stream stream{nullptr, device};
  must("create stream", device_table().stream_create(&stream.handle));
  return streams->emplace(device, stream).first->second;
}

}  // namespace anacrusis
