#include "memory.h"

#include "engine.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

namespace anacrusis::simt {
namespace {

constexpr size_t kPage = 4096, kAlignment = 16;
constexpr uint8_t kCanary = 0xCB;
// Larger memory starts as zeros that nobody has committed.
constexpr size_t kFilled = size_t{1} << 30;
constexpr bool kHeap = kSanitizedBuild;  // the sanitizer guards what malloc gives, with line numbers

struct Allocation {
  uint8_t* mapping;  // with the two pages
  uint8_t* begin;    // of the usable pages
  uint8_t* end;
  uint8_t* data;
  size_t bytes;
  int64_t number;
};

std::map<uintptr_t, Allocation>& live() {
  static auto* const map = new std::map<uintptr_t, Allocation>;
  return *map;
}
Ledger counts;
// Threads allocate and release while a launch of another looks for damage. Not for describe_address, which runs in a
// signal handler.
std::mutex mutex;
using Lock = std::lock_guard<std::mutex>;
struct {
  uintptr_t begin = 0, end = 0;
  int64_t number = 0;
} freed[64];
size_t freed_next = 0;

size_t pages(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

uint8_t* heap_block(size_t bytes) {
  void* data = nullptr;
  return posix_memalign(&data, kAlignment, bytes) == 0 ? static_cast<uint8_t*>(data) : nullptr;
}

std::string damage_text(const Allocation& a, const uint8_t* at) {
  const auto before = a.data - at, behind = at - (a.data + a.bytes);
  return "a write " +
         (at < a.data ? std::to_string(before) + " bytes before"
                      : std::to_string(behind) + " bytes behind the end of") +
         " device allocation " + std::to_string(a.number) + " (" + std::to_string(a.bytes) + " bytes)";
}

// First byte of [begin, end) that is no canary, or null. The range is shorter than a page.
const uint8_t* find_change(const uint8_t* begin, const uint8_t* end) {
  static const auto* const intact = [] {
    static uint8_t page[kPage];
    std::memset(page, kCanary, kPage);
    return page;
  }();
  if (std::memcmp(begin, intact, static_cast<size_t>(end - begin)) == 0) return nullptr;
  while (*begin == kCanary) ++begin;
  return begin;
}

std::string damage_of(const Allocation& a) {
  const uint8_t* changed = find_change(a.begin, a.data);
  if (!changed) changed = find_change(a.data + a.bytes, a.end);
  return changed ? damage_text(a, changed) : "";
}

}  // namespace

void* allocate(size_t bytes, bool flush_left) {
  const Lock lock(mutex);
  Allocation a{};
  a.bytes = bytes;
  a.number = ++counts.made;
  if (kHeap) {
    a.data = a.begin = heap_block(bytes);
    if (!a.data) return nullptr;
    a.end = a.data + bytes;
  } else {
    const size_t usable = pages(bytes);
    void* mapping = mmap(nullptr, usable + 2 * kPage, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return nullptr;
    a.mapping = static_cast<uint8_t*>(mapping);
    a.begin = a.mapping + kPage;
    a.end = a.begin + usable;
    if (mprotect(a.begin, usable, PROT_READ | PROT_WRITE) != 0) {
      munmap(mapping, usable + 2 * kPage);
      return nullptr;
    }
    const size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    a.data = flush_left ? a.begin : a.end - rounded;
    std::memset(a.begin, kCanary, static_cast<size_t>(a.data - a.begin));
    std::memset(a.data + bytes, kCanary, static_cast<size_t>(a.end - a.data) - bytes);
  }
  if (bytes <= kFilled) std::memset(a.data, 0xFF, bytes);
  live()[reinterpret_cast<uintptr_t>(a.data)] = a;
  ++counts.allocations;
  counts.bytes += static_cast<int64_t>(bytes);
  return a.data;
}

bool release(void* data, std::string& damage) {
  const Lock lock(mutex);
  const auto found = live().find(reinterpret_cast<uintptr_t>(data));
  if (found == live().end()) return false;
  const Allocation a = found->second;
  live().erase(found);
  --counts.allocations;
  counts.bytes -= static_cast<int64_t>(a.bytes);
  damage = damage_of(a);
  freed[freed_next++ % 64] = {reinterpret_cast<uintptr_t>(a.data), reinterpret_cast<uintptr_t>(a.data) + a.bytes,
                              a.number};
  if (kHeap) std::free(a.data);
  else munmap(a.mapping, static_cast<size_t>(a.end - a.begin) + 2 * kPage);
  return true;
}

bool holds(const void* data, size_t bytes) {
  const Lock lock(mutex);
  const auto address = reinterpret_cast<uintptr_t>(data);
  auto next = live().upper_bound(address);
  if (next == live().begin()) return false;
  const Allocation& a = std::prev(next)->second;
  const uintptr_t begin = std::prev(next)->first;
  return address - begin <= a.bytes && bytes <= a.bytes - (address - begin);
}

std::string find_damage() {
  if (kHeap) return "";
  const Lock lock(mutex);
  for (const auto& [address, allocation] : live()) {
    std::string damage = damage_of(allocation);
    if (!damage.empty()) return damage;
  }
  return "";
}

void describe_address(uintptr_t address, char* text, size_t size) {
  for (const auto& [begin, a] : live()) {
    const auto low = reinterpret_cast<uintptr_t>(a.begin) - kPage, high = reinterpret_cast<uintptr_t>(a.end) + kPage;
    if (address < low || address >= high) continue;
    const bool before = address < begin;
    std::snprintf(text, size, "%llu bytes %s device allocation %lld (%zu bytes)",
                  static_cast<unsigned long long>(before ? begin - address : address - begin - a.bytes),
                  before ? "before" : "behind the end of", static_cast<long long>(a.number), a.bytes);
    return;
  }
  for (const auto& [begin, end, number] : freed) {
    if (address < begin || address >= end) continue;
    std::snprintf(text, size, "in device allocation %lld, which was released", static_cast<long long>(number));
    return;
  }
  std::snprintf(text, size, "at %#llx, far from every device allocation", static_cast<unsigned long long>(address));
}

Ledger ledger() {
  const Lock lock(mutex);
  return counts;
}

}  // namespace anacrusis::simt
