// kernel.h on the SIMT emulator: the same names as kernel_cuda.h, compiled by an ordinary C++ compiler.
#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine.h"

#define KERNEL static void
#define KERNEL_BOUNDS(threads, blocks) static void
#define DEVICE static inline
#define DEVICE_METHOD inline
// Threads of a kernel share what they point to, so the promise of `restrict` would not hold for the fibers.
#define RESTRICT
#define UNROLL
#define NO_UNROLL
// A place in the block's arena, found by a key of this line and template instance.
#define SHARED(type, name, dims)                                                             \
  using name##_shared_type = type dims;                                                      \
  auto& name = *static_cast<name##_shared_type*>(::anacrusis::simt::shared_array(            \
      [] {                                                                                   \
        static char site;                                                                    \
        return &site;                                                                        \
      }(),                                                                                   \
      sizeof(name##_shared_type), alignof(name##_shared_type), #name))
#define DYNAMIC_SHARED(type, name) \
  type* const name = static_cast<type*>(::anacrusis::simt::dynamic_shared(::std::source_location::current()))

namespace anacrusis::cuda {

namespace detail {

template <auto kernel, class... Parameters>
void run_thread(void (*)(Parameters...), void** arguments) {
  [&]<size_t... i>(std::index_sequence<i...>) {
    kernel(*static_cast<std::remove_cvref_t<Parameters>*>(arguments[i])...);
  }(std::index_sequence_for<Parameters...>());
}

template <auto kernel>
std::string readable_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("kernel = ") + 9);
  std::string name(text.substr(0, text.find_last_of(']')));
  const size_t rest = name.find("; std::string");
  if (rest != std::string::npos) name.resize(rest);
  for (const std::string_view space : {"anacrusis::", "cuda::", "{anonymous}::"}) {
    for (size_t at; (at = name.find(space)) != std::string::npos;) name.erase(at, space.size());
  }
  return name;
}

}  // namespace detail

template <auto kernel>
const KernelCode& kernel_code() {
  static const std::string name = detail::readable_name<kernel>();
  static const KernelCode code{nullptr, [](void** arguments) { detail::run_thread<kernel>(kernel, arguments); },
                               name.c_str(), 0};
  return code;
}

using simt::Where;

DEVICE void sync_threads(Where where = Where::current()) { simt::sync_threads(where); }
DEVICE void sync_warp(uint32_t mask = kFullWarp, Where where = Where::current()) {
  simt::sync_warp(mask, where);
}

constexpr bool kHasClusters = true;
DEVICE uint32_t cluster_rank() { return simt::cluster_rank(); }
DEVICE void cluster_sync(Where where = Where::current()) { simt::cluster_sync(where); }
template <class T>
DEVICE T* cluster_shared(T* shared, uint32_t rank, Where where = Where::current()) {
  return static_cast<T*>(const_cast<void*>(simt::cluster_shared(shared, rank, where)));
}

namespace detail {

template <class T>
DEVICE T shuffled(simt::Shuffle kind, T value, int operand, uint32_t mask, Where where) {
  static_assert(std::is_arithmetic_v<T> && (sizeof(T) == 4 || sizeof(T) == 8), "as __shfl_sync");
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = simt::shuffle(kind, bits, operand, mask, where);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace detail

template <class T>
DEVICE T shfl(T value, int lane, uint32_t mask = kFullWarp, Where where = Where::current()) {
  return detail::shuffled(simt::Shuffle::index, value, lane, mask, where);
}
template <class T>
DEVICE T shfl_up(T value, unsigned delta, uint32_t mask = kFullWarp, Where where = Where::current()) {
  return detail::shuffled(simt::Shuffle::up, value, static_cast<int>(delta), mask, where);
}
template <class T>
DEVICE T shfl_down(T value, unsigned delta, uint32_t mask = kFullWarp, Where where = Where::current()) {
  return detail::shuffled(simt::Shuffle::down, value, static_cast<int>(delta), mask, where);
}
template <class T>
DEVICE T shfl_xor(T value, int delta, uint32_t mask = kFullWarp, Where where = Where::current()) {
  return detail::shuffled(simt::Shuffle::exclusive_or, value, delta, mask, where);
}
DEVICE uint32_t warp_ballot(bool predicate, uint32_t mask = kFullWarp, Where where = Where::current()) {
  return simt::ballot(predicate, mask, where);
}

DEVICE int bit_count(uint32_t bits) { return __builtin_popcount(bits); }

template <class T>
DEVICE T atomic_cas(T* at, T expected, T desired, Where where = Where::current()) {
  static_assert(std::is_integral_v<T>, "as atomicCAS");
  simt::before_atomic(at, sizeof(T), where);
  __atomic_compare_exchange_n(at, &expected, desired, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}
template <class T>
DEVICE T atomic_add(T* at, T value, Where where = Where::current()) {
  simt::before_atomic(at, sizeof(T), where);
  if constexpr (std::is_integral_v<T>) {
    return __atomic_fetch_add(at, value, __ATOMIC_RELAXED);
  } else {
    T before, after;
    __atomic_load(at, &before, __ATOMIC_RELAXED);
    do {
      after = before + value;
    } while (!__atomic_compare_exchange(at, &before, &after, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return before;
  }
}
template <class T>
DEVICE T atomic_max(T* at, T value, Where where = Where::current()) {
  static_assert(std::is_integral_v<T>, "as atomicMax");
  simt::before_atomic(at, sizeof(T), where);
  T before = __atomic_load_n(at, __ATOMIC_RELAXED);
  while (before < value &&
         !__atomic_compare_exchange_n(at, &before, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return before;
}
template <class T>
DEVICE T atomic_exch(T* at, T value, Where where = Where::current()) {
  simt::before_atomic(at, sizeof(T), where);
  T before;
  __atomic_exchange(at, &value, &before, __ATOMIC_RELAXED);
  return before;
}

DEVICE void memory_fence() { simt::fence(); }
DEVICE uint32_t load_acquire(const uint32_t* at) {
  simt::before_poll();
  return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}
DEVICE uint64_t load_acquire(const uint64_t* at) {
  simt::before_poll();
  return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}
DEVICE void store_release(uint32_t* at, uint32_t value, Where where = Where::current()) {
  simt::before_atomic(at, sizeof value, where);
  __atomic_store_n(at, value, __ATOMIC_RELEASE);
}
DEVICE void store_release(uint64_t* at, uint64_t value, Where where = Where::current()) {
  simt::before_atomic(at, sizeof value, where);
  __atomic_store_n(at, value, __ATOMIC_RELEASE);
}

template <int kBytes>
DEVICE void copy_async(void* shared, const void* global, bool valid = true, Where where = Where::current()) {
  static_assert(kBytes == 4 || kBytes == 8 || kBytes == 16);
  simt::copy_async(shared, global, kBytes, valid, where);
}
DEVICE void copy_async_commit() { simt::copy_async_commit(); }
template <int kOpen>
DEVICE void copy_async_wait() {
  simt::copy_async_wait(kOpen);
}

DEVICE void ldmatrix_x4(uint32_t (&r)[4], const void* row, Where where = Where::current()) {
  simt::ldmatrix(r, row, false, where);
}
DEVICE void ldmatrix_x4_trans(uint32_t (&r)[4], const void* row, Where where = Where::current()) {
  simt::ldmatrix(r, row, true, where);
}

DEVICE void mma_16x8x16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Bf16,
                        Where where = Where::current()) {
  simt::mma(simt::Product::bf16, d, a, b, where);
}
DEVICE void mma_16x8x16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], F16,
                        Where where = Where::current()) {
  simt::mma(simt::Product::f16, d, a, b, where);
}
DEVICE void mma_16x8x8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                            Where where = Where::current()) {
  simt::mma(simt::Product::tf32, d, a, b, where);
}

// Subnormal numbers count as zero, as with .ftz.
DEVICE float flushed(float x) { return std::fabs(x) < 1.17549435e-38f ? std::copysign(0.0f, x) : x; }
DEVICE float fast_exp2(float x) { return flushed(std::exp2(flushed(x))); }
DEVICE float fast_log2(float x) { return std::log2(flushed(x)); }

}  // namespace anacrusis::cuda
