// Stacks and the switch between them.
#pragma once

#include <cstddef>
#include <cstdint>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace anacrusis::simt {

#if defined(__SANITIZE_ADDRESS__)
constexpr size_t kStackBytes = 256 * 1024;
#else
constexpr size_t kStackBytes = 64 * 1024;
#endif

// A stack with a protected page below it. The thread that launches is one too, on its own stack.
class Stack {
 public:
  Stack() = default;  // of the thread that launches
  explicit Stack(void (*body)());
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack();

  // Forgets what was running there; the next switch enters the body.
  void reset();
  // Continues `to`; returns when something switches back to this one. At most one thread does this at a time.
  void switch_to(Stack& to);
  // Continues `to` out of a signal handler or from a stack that is not this one's; `this` stays as it was.
  bool overflowed(uintptr_t address) const;
  void announce_host();  // this is the stack of the thread that launches

#if defined(ANACRUSIS_SIMT_TSAN)
  void* tsan = nullptr;
#endif

 private:
  void (*body_)() = nullptr;
  uint8_t* memory_ = nullptr;
#if defined(__x86_64__)
  void* top_ = nullptr;
#else
  ucontext_t context_{};
#endif
#if defined(__SANITIZE_ADDRESS__)
  const void* bottom_ = nullptr;
  size_t bytes_ = 0;
  void* fake_ = nullptr;
#endif
};

}  // namespace anacrusis::simt
