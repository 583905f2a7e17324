// Tables that kernels read (pointers, sizes, offsets of many tensors) on the device, kept by content: a call whose
// table is that of an earlier one uploads nothing. All of it is one allocation per device; where it is full it is
// filled anew, in stream order, so that kernels under way still find theirs.
#pragma once

#include <cstdint>
#include <memory>

#include "device_stream.h"

namespace anacrusis {

// Null where the table is too large to be kept. Throws DeviceOutOfMemory, DeviceFailure.
const void* kept_on_device(const Stream& stream, const void* host, int64_t bytes);

template <class T>
class DeviceTableOf {
 public:
  // Throws DeviceOutOfMemory, DeviceFailure.
  DeviceTableOf(const Stream& stream, const T* host, int64_t count)
      : data_(static_cast<const T*>(kept_on_device(stream, host, count * static_cast<int64_t>(sizeof(T))))) {
    if (data_ || count == 0) return;
    own_ = std::make_unique<DeviceScratch<T>>(stream, host, count);
    data_ = own_->data();
  }
  const T* data() const { return data_; }

 private:
  const T* data_;
  std::unique_ptr<DeviceScratch<T>> own_;
};

}  // namespace anacrusis
