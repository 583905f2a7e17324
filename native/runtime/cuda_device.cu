// The device table on the CUDA runtime, linked statically: loading it needs no driver.
#include <cuda.h>
#include <cuda_runtime.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>

#include "device_table.h"

namespace anacrusis {
namespace {

cudaStream_t stream_of(StreamHandle handle) { return static_cast<cudaStream_t>(handle); }
cudaEvent_t event_of(EventHandle handle) { return static_cast<cudaEvent_t>(handle); }

// To a question whether work is done.
DeviceStatus answer(cudaError_t status, bool* done) {
  *done = status == cudaSuccess;
  return status == cudaErrorNotReady ? 0 : static_cast<DeviceStatus>(status);
}

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

using Encode = CUresult (*)(CUtensorMap*, CUtensorMapDataType, cuuint32_t, void*, const cuuint64_t*, const cuuint64_t*,
                            const cuuint32_t*, const cuuint32_t*, CUtensorMapInterleave, CUtensorMapSwizzle,
                            CUtensorMapL2promotion, CUtensorMapFloatOOBfill);

// Of the driver, which nothing here is linked to; null where it has none.
Encode encode_function() {
  static const Encode function = [] {
    void* found = nullptr;
    cudaDriverEntryPointQueryResult result;
    const cudaError_t status =
        cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000, cudaEnableDefault, &result);
    return reinterpret_cast<Encode>(status == cudaSuccess && result == cudaDriverEntryPointSuccess ? found : nullptr);
  }();
  return function;
}

DeviceStatus describe_matrix(TensorMap* map, bool bf16, const void* data, int64_t columns, int64_t rows) {
  static_assert(sizeof(CUtensorMap) == sizeof(TensorMap) && alignof(CUtensorMap) <= alignof(TensorMap));
  constexpr int64_t kMost = int64_t{1} << 30;  // coordinates are 32 bits wide
  const Encode encode = encode_function();
  if (!encode || columns > kMost || rows > kMost) return cudaErrorNotSupported;
  const cuuint64_t sizes[] = {static_cast<cuuint64_t>(columns), static_cast<cuuint64_t>(rows)};
  const cuuint64_t stride = sizes[0] * 2;
  const cuuint32_t box[] = {64, 128}, steps[] = {1, 1};
  CUtensorMap made;
  const CUresult result =
      encode(&made, bf16 ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 : CU_TENSOR_MAP_DATA_TYPE_FLOAT16, 2,
             const_cast<void*>(data), sizes, &stride, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
             CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  std::memcpy(map, &made, sizeof made);
  return result == CUDA_SUCCESS ? cudaSuccess : cudaErrorInvalidValue;
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
    .stream_query = [](StreamHandle s, bool* done) { return answer(cudaStreamQuery(stream_of(s)), done); },
    .event_create = [](EventHandle* e) -> DeviceStatus {
      return cudaEventCreate(reinterpret_cast<cudaEvent_t*>(e));
    },
    .event_destroy = [](EventHandle e) -> DeviceStatus { return cudaEventDestroy(event_of(e)); },
    .event_record = [](EventHandle e, StreamHandle s) -> DeviceStatus {
      return cudaEventRecord(event_of(e), stream_of(s));
    },
    .event_query = [](EventHandle e, bool* done) { return answer(cudaEventQuery(event_of(e)), done); },
    .event_elapsed = [](float* ms, EventHandle from, EventHandle to) -> DeviceStatus {
      return cudaEventElapsedTime(ms, event_of(from), event_of(to));
    },
    .launch = launch,
    .resident_clusters = resident_clusters,
    .describe_matrix = describe_matrix,
};

}  // namespace

const DeviceTable& device_table() { return kTable; }

}  // namespace anacrusis
