// The emulated device's memory: every allocation stands between two protected pages, and what it leaves of
// its own pages is filled with canaries. Fresh memory is 0xFF: NaN, -1, 255.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace anacrusis::simt {

struct Ledger {
  int64_t allocations = 0;  // alive
  int64_t bytes = 0;        // alive
  int64_t made = 0;         // ever
};

// Null: no room. `flush_left`: against the page before it, else against the page behind it.
void* allocate(size_t bytes, bool flush_left);
// False: no such allocation. `damage`: writes outside of it, or empty.
bool release(void* data, std::string& damage);
// Whether all of [data, data + bytes) is one live allocation's.
bool holds(const void* data, size_t bytes);
// First write outside of a live allocation, or empty.
std::string find_damage();
// What an address has to do with the allocations; for a signal handler.
void describe_address(uintptr_t address, char* text, size_t size);
Ledger ledger();

}  // namespace anacrusis::simt
