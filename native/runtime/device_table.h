// All device work goes through this one table. Its CUDA implementation (cuda_device.cu) is the only
// file that includes the toolkit's host API; an emulator or a fault injector fills the same table.
#pragma once

#include <cstddef>
#include <cstdint>

namespace anacrusis {

using DeviceStatus = int32_t;  // 0: success; else the driver's own number
using StreamHandle = void*;
using EventHandle = void*;

struct DeviceProperties {
  char name[256];
  int32_t major, minor;  // compute capability
  int32_t multiprocessors;
  int32_t shared_bytes_per_block;  // opt-in maximum
  int64_t total_bytes;
};

struct LaunchShape {
  uint32_t grid;
  uint32_t block;
  uint32_t shared_bytes = 0;  // dynamic
  uint32_t cluster = 1;       // blocks; more than one on compute capability 9.0 and up; divides the grid
};

// A kernel, as the implementation of the table that compiled it launches it.
struct KernelCode {
  const void* entry;                 // CUDA: what cudaLaunchKernel takes
  void (*thread)(void** arguments);  // emulator: the body of one thread
  const char* name;                  // emulator: for messages
  uint32_t max_threads;              // emulator: launch bound, 0 without
};

// A matrix, for copies of boxes of it into shared memory (kernel_sm90.h); the driver's own form.
struct alignas(128) TensorMap {
  unsigned char bytes[128];
};

struct DeviceTable {
  const char* (*describe)(DeviceStatus);
  DeviceStatus (*driver_version)(int32_t* version);   // 0 where there is no driver
  DeviceStatus (*runtime_version)(int32_t* version);
  DeviceStatus (*device_count)(int32_t* count);
  DeviceStatus (*properties)(int32_t device, DeviceProperties*);  // quick: implementations remember what is slow
  DeviceStatus (*use)(int32_t device);
  DeviceStatus (*memory)(size_t* free, size_t* total);
  // Gives memory that the allocator keeps for later calls back to the driver.
  DeviceStatus (*trim)(int32_t device);
  DeviceStatus (*allocate)(void** data, size_t bytes, StreamHandle);
  DeviceStatus (*release)(void* data, StreamHandle);
  DeviceStatus (*upload)(void* to, const void* from, size_t bytes, StreamHandle);
  DeviceStatus (*download)(void* to, const void* from, size_t bytes, StreamHandle);
  DeviceStatus (*copy)(void* to, const void* from, size_t bytes, StreamHandle);
  DeviceStatus (*fill)(void* data, int value, size_t bytes, StreamHandle);
  DeviceStatus (*stream_create)(StreamHandle*);
  DeviceStatus (*stream_destroy)(StreamHandle);
  DeviceStatus (*stream_query)(StreamHandle, bool* done);
  DeviceStatus (*event_create)(EventHandle*);
  DeviceStatus (*event_destroy)(EventHandle);
  DeviceStatus (*event_record)(EventHandle, StreamHandle);
  DeviceStatus (*event_query)(EventHandle, bool* done);  // whether the work recorded before it is done
  DeviceStatus (*event_elapsed)(float* milliseconds, EventHandle from, EventHandle to);
  DeviceStatus (*launch)(const KernelCode&, LaunchShape, void** arguments, StreamHandle);
  // How many clusters of this shape the device runs at a time.
  DeviceStatus (*resident_clusters)(const KernelCode&, LaunchShape, int32_t* count);
  // Of bf16 or else f16 elements, row after row, in boxes of 128 rows by 64 elements that are swizzled by 128 bytes. The
  // matrix begins at a multiple of 16 bytes, and so do its rows. Compute capability 9.0 and up.
  DeviceStatus (*describe_matrix)(TensorMap*, bool bf16, const void* data, int64_t columns, int64_t rows);
};

const DeviceTable& device_table();

}  // namespace anacrusis
