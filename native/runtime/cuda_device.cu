// The device table on the CUDA runtime, linked statically: loading it needs no driver.
#include <cuda_runtime.h>

#include <cstdio>
#include <map>
#include <mutex>

#include "device_table.h"

namespace anacrusis {
namespace {

cudaStream_t stream_of(StreamHandle handle) { return static_cast<cudaStream_t>(handle); }
cudaEvent_t event_of(EventHandle handle) { return static_cast<cudaEvent_t>(handle); }

// The driver takes long to gather them.
DeviceStatus properties(int32_t device, DeviceProperties* out) {
  static std::mutex mutex;
  static std::map<int32_t, DeviceProperties> known;
  const std::lock_guard<std::mutex> lock(mutex);
  if (const auto found = known.find(device); found != known.end()) {
    *out = found->second;
    return 0;
  }
  cudaDeviceProp prop;
  const cudaError_t status = cudaGetDeviceProperties(&prop, device);
  if (status != cudaSuccess) return status;
  std::snprintf(out->name, sizeof out->name, "%s", prop.name);
  out->major = prop.major;
  out->minor = prop.minor;
  out->multiprocessors = prop.multiProcessorCount;
  out->shared_bytes_per_block = static_cast<int32_t>(prop.sharedMemPerBlockOptin);
  out->total_bytes = static_cast<int64_t>(prop.totalGlobalMem);
  known[device] = *out;
  return 0;
}

cudaError_t allow_shared(const KernelCode& kernel, LaunchShape shape) {
  constexpr uint32_t kDefaultShared = 48 * 1024;
  if (shape.shared_bytes <= kDefaultShared) return cudaSuccess;
  return cudaFuncSetAttribute(kernel.entry, cudaFuncAttributeMaxDynamicSharedMemorySize,
                              static_cast<int>(shape.shared_bytes));
}

cudaLaunchConfig_t launch_config(LaunchShape shape, cudaLaunchAttribute& cluster) {
  cluster = {};
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim.x = shape.cluster;
  cluster.val.clusterDim.y = cluster.val.clusterDim.z = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(shape.grid);
  config.blockDim = dim3(shape.block);
  config.dynamicSmemBytes = shape.shared_bytes;
  config.attrs = &cluster;
  config.numAttrs = 1;
  return config;
}

DeviceStatus launch(const KernelCode& kernel, LaunchShape shape, void** arguments, StreamHandle stream) {
  if (const cudaError_t status = allow_shared(kernel, shape)) return status;
  if (shape.cluster == 1) {
    return cudaLaunchKernel(kernel.entry, dim3(shape.grid), dim3(shape.block), arguments, shape.shared_bytes,
                            stream_of(stream));
  }
  cudaLaunchAttribute cluster;
  cudaLaunchConfig_t config = launch_config(shape, cluster);
  config.stream = stream_of(stream);
  return cudaLaunchKernelExC(&config, kernel.entry, arguments);
}

DeviceStatus resident_clusters(const KernelCode& kernel, LaunchShape shape, int32_t* count) {
  if (const cudaError_t status = allow_shared(kernel, shape)) return status;
  cudaLaunchAttribute cluster;
  const cudaLaunchConfig_t config = launch_config(shape, cluster);
  return cudaOccupancyMaxActiveClusters(count, kernel.entry, &config);
}

// The stream allocates from the device's pool, which keeps what is freed for the next call until `trim`.
DeviceStatus stream_create(StreamHandle* stream) {
  int device;
  cudaMemPool_t pool;
  uint64_t keep = UINT64_MAX;
  cudaError_t status = cudaGetDevice(&device);
  if (status == cudaSuccess) status = cudaDeviceGetDefaultMemPool(&pool, device);
  if (status == cudaSuccess) {
    status = cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep);
  }
  if (status != cudaSuccess) return status;
  return cudaStreamCreateWithFlags(reinterpret_cast<cudaStream_t*>(stream), cudaStreamNonBlocking);
}

constexpr DeviceTable kTable = {
    .describe = [](DeviceStatus s) { return cudaGetErrorString(static_cast<cudaError_t>(s)); },
    .driver_version = [](int32_t* v) -> DeviceStatus { return cudaDriverGetVersion(v); },
    .runtime_version = [](int32_t* v) -> DeviceStatus { return cudaRuntimeGetVersion(v); },
    .device_count = [](int32_t* n) -> DeviceStatus { return cudaGetDeviceCount(n); },
    .properties = properties,
    .use = [](int32_t device) -> DeviceStatus { return cudaSetDevice(device); },
    .memory = [](size_t* free, size_t* total) -> DeviceStatus { return cudaMemGetInfo(free, total); },
    .trim = [](int32_t device) -> DeviceStatus {
      cudaMemPool_t pool;
      const cudaError_t status = cudaDeviceGetDefaultMemPool(&pool, device);
      return status == cudaSuccess ? cudaMemPoolTrimTo(pool, 0) : status;
    },
    .allocate = [](void** p, size_t n, StreamHandle s) -> DeviceStatus {
      return cudaMallocAsync(p, n, stream_of(s));
    },
    .release = [](void* p, StreamHandle s) -> DeviceStatus { return cudaFreeAsync(p, stream_of(s)); },
    .upload = [](void* to, const void* from, size_t n, StreamHandle s) -> DeviceStatus {
      return cudaMemcpyAsync(to, from, n, cudaMemcpyHostToDevice, stream_of(s));
    },
    .download = [](void* to, const void* from, size_t n, StreamHandle s) -> DeviceStatus {
      return cudaMemcpyAsync(to, from, n, cudaMemcpyDeviceToHost, stream_of(s));
    },
    .copy = [](void* to, const void* from, size_t n, StreamHandle s) -> DeviceStatus {
      return cudaMemcpyAsync(to, from, n, cudaMemcpyDeviceToDevice, stream_of(s));
    },
    .fill = [](void* p, int v, size_t n, StreamHandle s) -> DeviceStatus {
      return cudaMemsetAsync(p, v, n, stream_of(s));
    },
    .stream_create = stream_create,
    .stream_destroy = [](StreamHandle s) -> DeviceStatus { return cudaStreamDestroy(stream_of(s)); },
    .stream_wait = [](StreamHandle s) -> DeviceStatus { return cudaStreamSynchronize(stream_of(s)); },
    .stream_query = [](StreamHandle s, bool* done) -> DeviceStatus {
      const cudaError_t status = cudaStreamQuery(stream_of(s));
      *done = status == cudaSuccess;
      return status == cudaErrorNotReady ? 0 : static_cast<DeviceStatus>(status);
    },
    .event_create = [](EventHandle* e) -> DeviceStatus {
      return cudaEventCreate(reinterpret_cast<cudaEvent_t*>(e));
    },
    .event_destroy = [](EventHandle e) -> DeviceStatus { return cudaEventDestroy(event_of(e)); },
    .event_record = [](EventHandle e, StreamHandle s) -> DeviceStatus {
      return cudaEventRecord(event_of(e), stream_of(s));
    },
    .event_wait = [](EventHandle e) -> DeviceStatus { return cudaEventSynchronize(event_of(e)); },
    .event_elapsed = [](float* ms, EventHandle from, EventHandle to) -> DeviceStatus {
      return cudaEventElapsedTime(ms, event_of(from), event_of(to));
    },
    .launch = launch,
    .resident_clusters = resident_clusters,
};

}  // namespace

const DeviceTable& device_table() { return kTable; }

}  // namespace anacrusis
