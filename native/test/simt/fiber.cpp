#include "fiber.h"

#include <sys/mman.h>

#include <new>

#if defined(__SANITIZE_ADDRESS__)
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(ANACRUSIS_SIMT_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

#if defined(__x86_64__)
// anacrusis_simt_switch(void** save, void* load): the registers that a call preserves, and the stack pointer.
asm(R"(
.text
.hidden anacrusis_simt_switch
.globl anacrusis_simt_switch
.type anacrusis_simt_switch, @function
anacrusis_simt_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size anacrusis_simt_switch, .-anacrusis_simt_switch
)");
extern "C" __attribute__((visibility("hidden"))) void anacrusis_simt_switch(void** save, void* load);
#endif

namespace anacrusis::simt {
namespace {

constexpr size_t kPage = 4096;

#if defined(__SANITIZE_ADDRESS__) || !defined(__x86_64__)
void (*entering)() = nullptr;

void enter() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
  entering();
}
#endif

}  // namespace

Stack::Stack(void (*body)()) : body_(body) {
  void* memory = mmap(nullptr, kStackBytes + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  memory_ = static_cast<uint8_t*>(memory);
  mprotect(memory_, kPage, PROT_NONE);
#if defined(__SANITIZE_ADDRESS__)
  bottom_ = memory_ + kPage;
  bytes_ = kStackBytes;
#endif
  reset();
}

Stack::~Stack() {
  if (memory_) munmap(memory_, kStackBytes + kPage);
}

void Stack::reset() {
  void (*entry)() = body_;
#if defined(ANACRUSIS_SIMT_TSAN)
  // The one before stays: it may not be destroyed while it ignores accesses, and cannot be told to stop.
  tsan = __tsan_create_fiber(0);
#endif
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(memory_ + kPage, kStackBytes);
  fake_ = nullptr;
  entering = body_;
  entry = enter;
#endif
#if defined(__x86_64__)
  // As if the switch had been called by nobody: six registers, the place to return to, and above it, where the
  // caller of that place would have its own: 8 bytes off a multiple of 16.
  auto** top = reinterpret_cast<void**>(memory_ + kPage + kStackBytes) - 1;
  top[-1] = reinterpret_cast<void*>(entry);
  top[0] = nullptr;
  for (int i = 2; i <= 7; ++i) top[-i] = nullptr;
  top_ = top - 7;
#else
  getcontext(&context_);
  context_.uc_stack.ss_sp = memory_ + kPage;
  context_.uc_stack.ss_size = kStackBytes;
  context_.uc_link = nullptr;
  makecontext(&context_, entry, 0);
#endif
}

void Stack::switch_to(Stack& to) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&fake_, to.bottom_, to.bytes_);
#endif
#if defined(ANACRUSIS_SIMT_TSAN)
  __tsan_switch_to_fiber(to.tsan, 1);  // 1: no synchronisation
#endif
#if defined(__x86_64__)
  anacrusis_simt_switch(&top_, to.top_);
#else
  swapcontext(&context_, &to.context_);
#endif
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake_, nullptr, nullptr);
#endif
}

bool Stack::overflowed(uintptr_t address) const {
  const auto guard = reinterpret_cast<uintptr_t>(memory_);
  return memory_ && address >= guard && address < guard + kPage;
}

void Stack::announce_host() {
#if defined(__SANITIZE_ADDRESS__)
  pthread_attr_t attributes;
  void* bottom = nullptr;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &bottom, &bytes_);
  pthread_attr_destroy(&attributes);
  bottom_ = bottom;
#endif
#if defined(ANACRUSIS_SIMT_TSAN)
  tsan = __tsan_get_current_fiber();
#endif
}

}  // namespace anacrusis::simt
