// The device table on the CPU: memory of memory.h, kernels run by the engine, and failures on request.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#include "emulated_device.h"
#include "engine.h"
#include "memory.h"
#include "runtime/device_stream.h"

namespace anacrusis {
namespace simt {
namespace {

constexpr int32_t kDevices = 2;
constexpr DeviceStatus kInvalidValue = 1, kOutOfMemory = 2, kInvalidDevice = 101, kNotReady = 600;
// What the emulator found. Not one of the numbers after which a device is lost: the next launch works.
constexpr DeviceStatus kFound = 9001;

struct Fault {
  uint64_t call = 0;
  DeviceStatus status = 0;
  bool sticky = false;
};

size_t all_bytes() { return size_t{settings().memory_gib} << 30; }

std::mutex mutex;
std::map<std::string, std::map<uint64_t, Fault>> faults;
std::map<std::string, uint64_t> calls;
DeviceStatus stuck = 0;
std::string last_problem;
thread_local int32_t device_in_use = 0;

void read_environment() {
  static const bool once = [] {
    if (const char* words = std::getenv("ANACRUSIS_SIMT"); words && !configure(words)) {
      std::fprintf(stderr, "ANACRUSIS_SIMT: '%s' is not understood\n", words);
    }
    const char* plan = std::getenv("ANACRUSIS_FAULTS");
    if (plan && !plan_faults(plan)) std::fprintf(stderr, "ANACRUSIS_FAULTS: '%s' is not understood\n", plan);
    return true;
  }();
  (void)once;
}

// Counts the call; a status other than 0 is what the plan wants of it.
DeviceStatus enter(const char* function) {
  read_environment();
  const std::lock_guard<std::mutex> lock(mutex);
  const uint64_t number = ++calls[function];
  if (stuck != 0) return stuck;
  const auto planned = faults.find(function);
  if (planned == faults.end()) return 0;
  const auto fault = planned->second.find(number);
  if (fault == planned->second.end()) return 0;
  if (fault->second.sticky) stuck = fault->second.status;
  return fault->second.status;
}

DeviceStatus problem(std::string text) {
  last_problem = "SIMT emulator: " + std::move(text);
  return kFound;
}

const char* describe(DeviceStatus status) {
  switch (status) {
    case 0: return "no error";
    case kInvalidValue: return "invalid argument";
    case kOutOfMemory: return "out of memory";
    case kInvalidDevice: return "invalid device ordinal";
    case kFound: return last_problem.c_str();
    default: return "a failure that was asked for";
  }
}

DeviceStatus properties(int32_t device, DeviceProperties* out) {
  if (const DeviceStatus status = enter("properties")) return status;
  if (device < 0 || device >= kDevices) return kInvalidDevice;
  *out = {};
  std::snprintf(out->name, sizeof out->name, "SIMT emulator %d (no GPU)", device);
  out->major = static_cast<int32_t>(settings().capability / 10);
  out->minor = static_cast<int32_t>(settings().capability % 10);
  out->multiprocessors = static_cast<int32_t>(settings().multiprocessors);
  out->shared_bytes_per_block = static_cast<int32_t>(settings().shared_bytes);
  out->total_bytes = static_cast<int64_t>(all_bytes());
  return 0;
}

DeviceStatus allocate_memory(void** data, size_t bytes, StreamHandle) {
  if (const DeviceStatus status = enter("allocate")) return status;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto live = static_cast<size_t>(ledger().bytes);
  *data = bytes > all_bytes() - live ? nullptr : allocate(bytes, settings().flush_left);
  return *data ? 0 : kOutOfMemory;
}

DeviceStatus release_memory(void* data, StreamHandle) {
  if (const DeviceStatus status = enter("release")) return status;
  const std::lock_guard<std::mutex> lock(mutex);
  std::string damage;
  if (!release(data, damage)) return problem("release of memory that is not allocated");
  return damage.empty() ? 0 : problem(damage);
}

// Checks the device's side of a transfer.
DeviceStatus transfer(const char* function, void* to, const void* from, size_t bytes, bool check_to,
                      bool check_from) {
  if (const DeviceStatus status = enter(function)) return status;
  const std::lock_guard<std::mutex> lock(mutex);
  if (bytes > 0 && ((check_to && !holds(to, bytes)) || (check_from && !holds(from, bytes)))) {
    return problem(std::string(function) + " of " + std::to_string(bytes) +
                   " bytes outside of a device allocation");
  }
  if (bytes > 0) std::memcpy(to, from, bytes);
  return 0;
}

DeviceStatus fill(void* data, int value, size_t bytes, StreamHandle) {
  if (const DeviceStatus status = enter("fill")) return status;
  const std::lock_guard<std::mutex> lock(mutex);
  if (bytes > 0 && !holds(data, bytes)) return problem("fill outside of a device allocation");
  if (bytes > 0) std::memset(data, value, bytes);
  return 0;
}

struct Event {
  std::chrono::steady_clock::time_point time;
};

DeviceStatus run_kernel(const KernelCode& kernel, LaunchShape shape, void** arguments, StreamHandle) {
  if (const DeviceStatus status = enter("launch")) return status;
  return launch(kernel, shape, arguments) ? 0 : problem(error());
}

// All work is done when it is asked for, unless a fault says that it is not.
DeviceStatus answer(DeviceStatus status, bool* done) {
  *done = status == 0;
  return status == kNotReady ? 0 : status;
}

constexpr DeviceTable kTable = {
    .describe = describe,
    .driver_version = [](int32_t* version) -> DeviceStatus {
      *version = 13000;
      return enter("driver_version");
    },
    .runtime_version = [](int32_t* version) -> DeviceStatus {
      *version = 13000;
      return enter("runtime_version");
    },
    .device_count = [](int32_t* count) -> DeviceStatus {
      *count = kDevices;
      return enter("device_count");
    },
    .properties = properties,
    .use = [](int32_t device) -> DeviceStatus {
      if (const DeviceStatus status = enter("use")) return status;
      if (device < 0 || device >= kDevices) return kInvalidDevice;
      device_in_use = device;
      return 0;
    },
    .memory = [](size_t* free, size_t* total) -> DeviceStatus {
      *total = all_bytes();
      *free = all_bytes() - static_cast<size_t>(ledger().bytes);
      return enter("memory");
    },
    .trim = [](int32_t) -> DeviceStatus { return enter("trim"); },
    .allocate = allocate_memory,
    .release = release_memory,
    .upload = [](void* to, const void* from, size_t bytes, StreamHandle) -> DeviceStatus {
      return transfer("upload", to, from, bytes, true, false);
    },
    .download = [](void* to, const void* from, size_t bytes, StreamHandle) -> DeviceStatus {
      return transfer("download", to, from, bytes, false, true);
    },
    .copy = [](void* to, const void* from, size_t bytes, StreamHandle) -> DeviceStatus {
      return transfer("copy", to, from, bytes, true, true);
    },
    .fill = fill,
    .stream_create = [](StreamHandle* stream) -> DeviceStatus {
      if (const DeviceStatus status = enter("stream_create")) return status;
      *stream = new int32_t(device_in_use);
      return 0;
    },
    .stream_destroy = [](StreamHandle stream) -> DeviceStatus {
      if (const DeviceStatus status = enter("stream_destroy")) return status;
      delete static_cast<int32_t*>(stream);
      return 0;
    },
    .stream_query = [](StreamHandle, bool* done) { return answer(enter("stream_query"), done); },
    .event_create = [](EventHandle* event) -> DeviceStatus {
      if (const DeviceStatus status = enter("event_create")) return status;
      *event = new Event;
      return 0;
    },
    .event_destroy = [](EventHandle event) -> DeviceStatus {
      if (const DeviceStatus status = enter("event_destroy")) return status;
      delete static_cast<Event*>(event);
      return 0;
    },
    .event_record = [](EventHandle event, StreamHandle) -> DeviceStatus {
      static_cast<Event*>(event)->time = std::chrono::steady_clock::now();
      return enter("event_record");
    },
    .event_query = [](EventHandle, bool* done) { return answer(enter("event_query"), done); },
    .event_elapsed = [](float* milliseconds, EventHandle from, EventHandle to) -> DeviceStatus {
      const auto time = static_cast<Event*>(to)->time - static_cast<Event*>(from)->time;
      *milliseconds = std::chrono::duration<float, std::milli>(time).count();
      return enter("event_elapsed");
    },
    .launch = run_kernel,
    .resident_clusters = [](const KernelCode&, LaunchShape shape, int32_t* count) -> DeviceStatus {
      *count = static_cast<int32_t>(std::max(1u, settings().multiprocessors / shape.cluster));
      return enter("resident_clusters");
    },
    .describe_matrix = [](TensorMap* map, bool, const void* data, int64_t columns, int64_t rows) -> DeviceStatus {
      const Matrix matrix{static_cast<const uint16_t*>(data), columns, rows};
      std::memcpy(map, &matrix, sizeof matrix);
      const bool aligned = columns % 8 == 0 && reinterpret_cast<uintptr_t>(data) % 16 == 0;
      return aligned ? enter("describe_matrix") : kInvalidValue;
    },
};

bool is_function(const std::string& name) {
  static const char* const names[] = {
      "driver_version", "runtime_version", "device_count",   "properties",   "use",
      "memory",         "allocate",        "release",        "trim",         "upload",
      "download",       "copy",            "fill",           "stream_create", "stream_destroy",
      "stream_query",   "event_create",    "event_destroy",  "event_record", "event_query",
      "event_elapsed",  "launch",          "resident_clusters", "describe_matrix"};
  for (const char* known : names) {
    if (name == known) return true;
  }
  return false;
}

}  // namespace

bool plan_faults(const char* plan) {
  std::map<std::string, std::map<uint64_t, Fault>> planned;
  for (const char* at = plan; *at;) {
    char function[32];
    unsigned long long call;
    int status, length = 0;
    if (std::sscanf(at, " %31[a-z_]:%llu=%d%n", function, &call, &status, &length) != 3 || call == 0 ||
        !is_function(function)) {
      return false;
    }
    at += length;
    const bool sticky = *at == '!';
    if (sticky) ++at;
    while (*at == ' ' || *at == ',') ++at;
    planned[function][call] = {call, status, sticky};
  }
  const std::lock_guard<std::mutex> lock(mutex);
  faults = std::move(planned);
  calls.clear();
  stuck = 0;
  forget_device_loss();
  return true;
}

std::map<std::string, uint64_t> call_counts() {
  const std::lock_guard<std::mutex> lock(mutex);
  return calls;
}

}  // namespace simt

const DeviceTable& device_table() { return simt::kTable; }

}  // namespace anacrusis
