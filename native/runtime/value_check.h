// Element values of arrays that lie on a device: a small kernel before the op looks for an illegal one, and
// the next call that waits for the device reports it.
#pragma once

#include <cstdint>
#include <optional>

#include "device_stream.h"
#include "view.h"

namespace anacrusis {

// Elements of i32 or u8 that must lie in [lo, hi]; op and field are numbers that only the caller reads.
struct ValueCheck {
  const void* data;
  int64_t size;
  DType dtype;
  int64_t lo, hi;
  int32_t op, field;
};

// The first illegal element that a device met since the last report: of the first check that found one, the
// lowest index. Lies in device memory.
struct ValueFault {
  uint64_t lowest;   // ~index of the check that runs; 0: nothing found
  uint32_t arrived;  // blocks of it that are done
  uint32_t found;
  int32_t op, field;
  int64_t index, value, lo, hi;
};

// Enqueues the check. Throws DeviceFailure, DeviceOutOfMemory.
void check_values(const Stream& stream, const ValueCheck& check);

// What the work of a device up to now found, to be read and cleared: enqueue() with the transfers that are to
// be waited for, take() after the wait.
class ValueReport {
 public:
  // Throws DeviceFailure.
  void enqueue(const Stream& stream);
  std::optional<ValueFault> take(const Stream& stream);

 private:
  ValueFault fault_{};
  bool asked_ = false;
};

}  // namespace anacrusis
