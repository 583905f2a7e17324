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

  void launch(const KernelCode& kernel, LaunchShape shape, void** arguments) const {
    must("kernel launch", device_table().launch(kernel, shape, arguments, handle));
  }
};

// Device memory of one op call: freed in stream order, so kernels that are under way may still use it.
template <class T>
class DeviceScratch {
 public:
  // Throws DeviceFailure.
  DeviceScratch(const Stream& stream, int64_t count) : stream_(stream), count_(count) {
    if (count > 0) must("allocate", device_table().allocate(&data_, bytes(), stream.handle));
  }
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
  void* data_ = nullptr;
};

}  // namespace anacrusis
