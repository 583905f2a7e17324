// A stream of one device, as op code sees it.
#pragma once

#include <stdexcept>
#include <string>

#include "device_table.h"

namespace anacrusis {

// A refusal by the driver; the addon turns it into a DeviceError.
struct DeviceFailure : std::runtime_error {
  DeviceStatus status;

  DeviceFailure(const char* what, DeviceStatus s);
};

// Memory of a device ran out, also after everything that was free had been given back.
struct DeviceOutOfMemory : std::runtime_error {
  int64_t wanted, free, total;  // bytes

  DeviceOutOfMemory(int64_t wanted_bytes, int64_t free_bytes, int64_t total_bytes);
};

// Why no device of this process works any more: after an illegal address, a failed launch or a device that
// went away the driver refuses every further call of the process. Null while all is well.
const std::string* device_loss();
void forget_device_loss();  // for emulated devices, which recover

inline void must(const char* what, DeviceStatus status) {
  if (status != 0) throw DeviceFailure(what, status);
}

struct Stream {
  StreamHandle handle = nullptr;
  int32_t device = 0;

  void launch(const KernelCode& kernel, LaunchShape shape, void** arguments) const {
    must("kernel launch", device_table().launch(kernel, shape, arguments, handle));
  }
};

// Waits for what has been enqueued. When that takes longer than the limit, the devices of this process count as lost: a
// kernel that never ends cannot be stopped. Throws DeviceFailure.
void wait_for(const Stream& stream);
void wait_for_event(EventHandle event);
// Of wait_for, in seconds; infinity for none. At first 600.
void set_wait_limit(double seconds);

// Of the stream's device. Throws DeviceFailure.
DeviceProperties properties_of(const Stream& stream);

// Memory in stream order; null for no bytes. When there is no room it waits for what is still to be freed and
// tries once more. Throws DeviceOutOfMemory, DeviceFailure.
void* allocate_on(const Stream& stream, size_t bytes);

// Device memory of one op call: freed in stream order, so kernels that are under way may still use it.
template <class T>
class DeviceScratch {
 public:
  // Throws DeviceOutOfMemory, DeviceFailure.
  DeviceScratch(const Stream& stream, int64_t count)
      : stream_(stream), count_(count), data_(allocate_on(stream, bytes())) {}
  // With a copy of `count` elements of host memory, which may change afterwards.
  DeviceScratch(const Stream& stream, const T* host, int64_t count) : DeviceScratch(stream, count) {
    if (count > 0) must("upload", device_table().upload(data_, host, bytes(), stream.handle));
  }
  DeviceScratch(const DeviceScratch&) = delete;
  DeviceScratch& operator=(const DeviceScratch&) = delete;
  ~DeviceScratch() {
    if (data_) device_table().release(data_, stream_.handle);
  }

  T* data() const { return static_cast<T*>(data_); }
  int64_t size() const { return count_; }
  void fill_zero() const {
    if (count_ > 0) must("fill", device_table().fill(data_, 0, bytes(), stream_.handle));
  }

 private:
  size_t bytes() const { return static_cast<size_t>(count_) * sizeof(T); }

  Stream stream_;
  int64_t count_;
  void* data_;
};

}  // namespace anacrusis
