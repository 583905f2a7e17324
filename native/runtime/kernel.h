// What a kernel file (.cu) is written in: nothing else of CUDA appears there. Two implementations, chosen
// by the compiler: CUDA itself (kernel_cuda.h), and the SIMT emulator of the tests (kernel_emulated.h),
// which runs the same sources on the CPU. Paths that only one architecture has are separate files
// (<op>_sm90.cu) that have kernel_sm90.h beside it.
//
// Blocks and grids are one-dimensional: threadIdx.x, blockIdx.x, blockDim.x, gridDim.x. A kernel takes plain
// values (an op's argument struct, pointers, numbers).
//
//   KERNEL / KERNEL_BOUNDS(threads, blocks)   static __global__ void, with launch bounds
//   DEVICE, DEVICE_METHOD, RESTRICT, UNROLL, NO_UNROLL   qualifiers and pragmas
//   SHARED(type, name, [dims])                static shared memory; not initialised
//   DYNAMIC_SHARED(type, name)                type* to the launch's shared_bytes, aligned to 16
//   sync_threads(), sync_warp(mask)           barriers; a shuffle is none: it does not order memory
//   kHasClusters                              whether this is code for compute capability 9.0 and up, for
//     cluster_rank(), cluster_sync()          of blocks that were launched as a cluster
//     cluster_shared(pointer, rank)           the same place in the shared memory of another block of it, after a
//                                             first cluster_sync; a block may leave when nobody reads it any more
//   shfl, shfl_up, shfl_down, shfl_xor, warp_ballot      collectives of the lanes in `mask`
//   bit_count(bits)                           of a ballot
//   atomic_add, atomic_max, atomic_cas, atomic_exch      on global or shared memory
//   load_acquire, store_release, memory_fence            between blocks; poll only through load_acquire, and
//                                             draw block numbers from an atomic ticket when blocks wait
//   copy_async<bytes>(shared, global, valid), copy_async_commit(), copy_async_wait<open>()
//                                             cp.async of 4, 8 or 16 bytes; zeros where not valid
//   ldmatrix_x4(r, row), ldmatrix_x4_trans    8x8 tiles of 16-bit elements out of shared memory
//   mma_16x8x16(d, a, b, Bf16{} or F16{}), mma_16x8x8_tf32(d, a, b)      d += a b, f32 accumulators
//   fast_exp2(x), fast_log2(x)                the special-function unit, about 2 ulp
#pragma once

#include <cstdint>
#include <tuple>
#include <utility>

#include "device_stream.h"
#include "math/float16.h"
#include "sizes.h"

namespace anacrusis::cuda {

constexpr int kWarp = 32;
constexpr uint32_t kFullWarp = 0xffffffffu;

// N elements that one load or store moves (16 bytes at most); the address must be aligned to all of it.
template <class T, int N>
struct alignas(sizeof(T) * N) Vec {
  T v[N];
};

}  // namespace anacrusis::cuda

#if defined(__CUDACC__)
#include "kernel_cuda.h"
#else
#include "kernel_emulated.h"
#endif

namespace anacrusis::cuda {

namespace detail {

template <auto kernel, class... Parameters>
void launch(void (*)(Parameters...), const Stream& stream, LaunchShape shape,
            std::tuple<std::remove_cv_t<Parameters>...> values) {
  std::apply(
      [&](auto&... value) {
        void* arguments[] = {&value...};
        stream.launch(kernel_code<kernel>(), shape, arguments);
      },
      values);
}

}  // namespace detail

// Enqueues a kernel; an empty grid is no launch. Throws DeviceFailure.
template <auto kernel, class... Arguments>
void launch(const Stream& stream, LaunchShape shape, const Arguments&... arguments) {
  if (shape.grid == 0) return;
  detail::launch<kernel>(kernel, stream, shape, {arguments...});
}

// Sum and largest over the lanes of a full warp, in every lane; the order of the additions is fixed.
template <class T>
DEVICE T warp_sum(T value) {
  UNROLL
  for (int delta = kWarp / 2; delta > 0; delta /= 2) value += shfl_xor(value, delta);
  return value;
}

template <class T>
DEVICE T warp_max(T value) {
  UNROLL
  for (int delta = kWarp / 2; delta > 0; delta /= 2) {
    const T other = shfl_xor(value, delta);
    value = other > value ? other : value;
  }
  return value;
}

// Over a block of whole warps, in every thread. All threads of the block must arrive; `partials` is shared
// memory for one value per warp and may be used again after the call.
template <class T>
DEVICE T block_sum(T value, T* partials) {
  value = warp_sum(value);
  if (threadIdx.x % kWarp == 0) partials[threadIdx.x / kWarp] = value;
  sync_threads();
  T total = partials[0];
  for (unsigned warp = 1; warp < blockDim.x / kWarp; ++warp) total += partials[warp];
  sync_threads();
  return total;
}

template <class T>
DEVICE T block_max(T value, T* partials) {
  value = warp_max(value);
  if (threadIdx.x % kWarp == 0) partials[threadIdx.x / kWarp] = value;
  sync_threads();
  T largest = partials[0];
  for (unsigned warp = 1; warp < blockDim.x / kWarp; ++warp) {
    largest = partials[warp] > largest ? partials[warp] : largest;
  }
  sync_threads();
  return largest;
}

}  // namespace anacrusis::cuda
