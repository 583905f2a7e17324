#include "device_stream.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

namespace anacrusis {
namespace {

std::atomic<const std::string*> loss{nullptr};
std::atomic<double> wait_limit{600.0};

void lose_devices(std::string why) {
  const auto* reason = new std::string(std::move(why));  // for the rest of the process
  const std::string* none = nullptr;
  if (!loss.compare_exchange_strong(none, reason)) delete reason;
}

// The errors of the CUDA runtime after which "any further CUDA work will return the same error. To continue
// using CUDA, the process must be terminated and relaunched" (its documentation), and what comes to the same.
bool loses_device(DeviceStatus status) {
  switch (status) {
    case 46:   // devices unavailable
    case 214:  // uncorrectable ECC error
    case 700:  // illegal address
    case 702:  // launch time-out
    case 709:  // context destroyed
    case 710:  // assertion in a kernel
    case 714:  // hardware stack error
    case 715:  // illegal instruction
    case 716:  // misaligned address
    case 717:  // invalid address space
    case 718:  // invalid program counter
    case 719:  // launch failure
    case 721:  // contained hardware error
    case 999:  // unknown
      return true;
    default: return false;
  }
}

// Asks again and again: without a pause at first, when an answer is near, then every half of a millisecond.
template <class Query>
void wait_until(const Query& done) {
  constexpr DeviceStatus kTimedOut = 702;
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  while (!done()) {
    const double waited = std::chrono::duration<double>(Clock::now() - start).count();
    const double limit = wait_limit.load();
    if (waited > limit) {
      char why[96];
      std::snprintf(why, sizeof why, "a device did not finish its work within %g s (setDeviceTimeout)", limit);
      lose_devices(why);
      throw DeviceFailure("wait", kTimedOut);
    }
    if (waited > 2e-3) std::this_thread::sleep_for(std::chrono::microseconds(500));
    else std::this_thread::yield();
  }
}

}  // namespace

void wait_for(const Stream& stream) {
  wait_until([&] {
    bool done = false;
    must("wait", device_table().stream_query(stream.handle, &done));
    return done;
  });
}

void wait_for_event(EventHandle event) {
  wait_until([&] {
    bool done = false;
    must("wait", device_table().event_query(event, &done));
    return done;
  });
}

void set_wait_limit(double seconds) { wait_limit = seconds; }

DeviceFailure::DeviceFailure(const char* what, DeviceStatus s)
    : std::runtime_error(std::string(what) + ": " + device_table().describe(s) + " (" + std::to_string(s) + ")"),
      status(s) {
  if (loses_device(s)) lose_devices(this->what());
}

DeviceOutOfMemory::DeviceOutOfMemory(int64_t wanted_bytes, int64_t free_bytes, int64_t total_bytes)
    : std::runtime_error("out of device memory"), wanted(wanted_bytes), free(free_bytes), total(total_bytes) {}

const std::string* device_loss() { return loss.load(); }
void forget_device_loss() { loss.store(nullptr); }

DeviceProperties properties_of(const Stream& stream) {
  DeviceProperties properties{};
  must("read properties", device_table().properties(stream.device, &properties));
  return properties;
}

void* allocate_on(const Stream& stream, size_t bytes) {
  constexpr DeviceStatus kOutOfMemory = 2;
  if (bytes == 0) return nullptr;
  const DeviceTable& table = device_table();
  void* data = nullptr;
  DeviceStatus status = table.allocate(&data, bytes, stream.handle);
  if (status == kOutOfMemory) {
    wait_for(stream);
    must("trim", table.trim(stream.device));
    status = table.allocate(&data, bytes, stream.handle);
  }
  if (status == kOutOfMemory) {
    size_t free = 0, total = 0;
    must("read memory", table.memory(&free, &total));
    throw DeviceOutOfMemory(static_cast<int64_t>(bytes), static_cast<int64_t>(free),
                            static_cast<int64_t>(total));
  }
  must("allocate", status);
  return data;
}

}  // namespace anacrusis
