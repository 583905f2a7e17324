// What the engine tells ThreadSanitizer and AddressSanitizer; nothing in an ordinary build.
//
// ThreadSanitizer sees every emulated thread as a fiber. Only kernels are compiled with it; the engine is
// not, and between kernel_ends and kernel_begins also what libtsan intercepts (memcpy) is ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include <sys/mman.h>

#include "fiber.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif
#if defined(ANACRUSIS_SIMT_TSAN)
#include <sanitizer/tsan_interface.h>
extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
void __tsan_read_range(void* address, unsigned long size);
void __tsan_write_range(void* address, unsigned long size);
}
#endif

namespace anacrusis::simt {

inline uint8_t* sanitizer_arena(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<uint8_t*>(memory);
}

// Bytes that kernels may or may not touch.
inline void sanitizer_open([[maybe_unused]] const void* at, [[maybe_unused]] size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(at, bytes);
#endif
}
inline void sanitizer_close([[maybe_unused]] const void* at, [[maybe_unused]] size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_poison_memory_region(at, bytes);
#endif
}

#if defined(ANACRUSIS_SIMT_TSAN)
inline void sanitizer_kernel_begins() {
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
}
inline void sanitizer_kernel_ends() {
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}
inline void sanitizer_release(void* at) { __tsan_release(at); }
inline void sanitizer_acquire(void* at) { __tsan_acquire(at); }
inline void sanitizer_release_as(const Stack& stack, void* at) {
  void* const self = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(stack.tsan, 1);
  __tsan_release(at);
  __tsan_switch_to_fiber(self, 1);
}
inline void sanitizer_reads(const void* at, size_t bytes) { __tsan_read_range(const_cast<void*>(at), bytes); }
inline void sanitizer_writes(void* at, size_t bytes) { __tsan_write_range(at, bytes); }
// Fresh pages forget the accesses of the block before. All this in the name of the host: a block has nothing of the
// thread that happens to start it.
inline void sanitizer_block_starts(uint8_t* arena, size_t bytes, const Stack& host, void* begin) {
  void* const self = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(host.tsan, 1);
  mmap(arena, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  __tsan_release(begin);
  __tsan_switch_to_fiber(self, 1);
}
#else
inline void sanitizer_kernel_begins() {}
inline void sanitizer_kernel_ends() {}
inline void sanitizer_release(void*) {}
inline void sanitizer_acquire(void*) {}
inline void sanitizer_release_as(const Stack&, void*) {}
inline void sanitizer_reads(const void*, size_t) {}
inline void sanitizer_writes(void*, size_t) {}
inline void sanitizer_block_starts(uint8_t*, size_t, const Stack&, void*) {}
#endif

}  // namespace anacrusis::simt
