// kernel.h on CUDA, compute capability 8.0 and up. Inline PTX is here and in kernel_sm90_cuda.h only.
#pragma once

#define KERNEL static __global__ void
#define KERNEL_BOUNDS(threads, blocks) static __global__ void __launch_bounds__(threads, blocks)
#define DEVICE static __device__ __forceinline__
#define DEVICE_METHOD __device__ __forceinline__
#define RESTRICT __restrict__
#define UNROLL _Pragma("unroll")
#define NO_UNROLL _Pragma("unroll 1")
#define SHARED(type, name, dims) __shared__ type name dims
#define DYNAMIC_SHARED(type, name)                                     \
  extern __shared__ __align__(128) unsigned char dynamic_shared_bytes[]; \
  type* const name = reinterpret_cast<type*>(dynamic_shared_bytes)

namespace anacrusis::cuda {

template <auto kernel>
const KernelCode& kernel_code() {
  static const KernelCode code{reinterpret_cast<const void*>(kernel), nullptr, nullptr, 0};
  return code;
}

DEVICE void sync_threads() { __syncthreads(); }
DEVICE void sync_warp(uint32_t mask = kFullWarp) { __syncwarp(mask); }

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
constexpr bool kHasClusters = true;
DEVICE uint32_t cluster_rank() {
  uint32_t rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}
DEVICE void cluster_sync() {
  asm volatile("barrier.cluster.arrive.release;\n\tbarrier.cluster.wait.acquire;" ::: "memory");
}
template <class T>
DEVICE T* cluster_shared(T* shared, uint32_t rank) {
  uint64_t there;
  asm volatile("mapa.u64 %0, %1, %2;" : "=l"(there) : "l"(shared), "r"(rank));
  return reinterpret_cast<T*>(there);
}
#else
constexpr bool kHasClusters = false;
DEVICE uint32_t cluster_rank() { return 0; }
DEVICE void cluster_sync() {}
template <class T>
DEVICE T* cluster_shared(T* shared, uint32_t) {
  return shared;
}
#endif

template <class T>
DEVICE T shfl(T value, int lane, uint32_t mask = kFullWarp) {
  return __shfl_sync(mask, value, lane);
}
template <class T>
DEVICE T shfl_up(T value, unsigned delta, uint32_t mask = kFullWarp) {
  return __shfl_up_sync(mask, value, delta);
}
template <class T>
DEVICE T shfl_down(T value, unsigned delta, uint32_t mask = kFullWarp) {
  return __shfl_down_sync(mask, value, delta);
}
template <class T>
DEVICE T shfl_xor(T value, int delta, uint32_t mask = kFullWarp) {
  return __shfl_xor_sync(mask, value, delta);
}
DEVICE uint32_t warp_ballot(bool predicate, uint32_t mask = kFullWarp) {
  return __ballot_sync(mask, predicate);
}
DEVICE int bit_count(uint32_t bits) { return __popc(bits); }

// Whether all threads of the block agree is not offered: use block_sum.

template <class T>
DEVICE T atomic_add(T* at, T value) {
  return atomicAdd(at, value);
}
DEVICE uint64_t atomic_add(uint64_t* at, uint64_t value) {
  return atomicAdd(reinterpret_cast<unsigned long long*>(at), static_cast<unsigned long long>(value));
}
template <class T>
DEVICE T atomic_max(T* at, T value) {
  return atomicMax(at, value);
}
template <class T>
DEVICE T atomic_cas(T* at, T expected, T desired) {
  return atomicCAS(at, expected, desired);
}
DEVICE uint64_t atomic_cas(uint64_t* at, uint64_t expected, uint64_t desired) {
  return atomicCAS(reinterpret_cast<unsigned long long*>(at), static_cast<unsigned long long>(expected),
                   static_cast<unsigned long long>(desired));
}
template <class T>
DEVICE T atomic_exch(T* at, T value) {
  return atomicExch(at, value);
}

DEVICE void memory_fence() { __threadfence(); }
DEVICE uint32_t load_acquire(const uint32_t* at) {
  uint32_t value;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(at) : "memory");
  return value;
}
DEVICE uint64_t load_acquire(const uint64_t* at) {
  uint64_t value;
  asm volatile("ld.acquire.gpu.global.u64 %0, [%1];" : "=l"(value) : "l"(at) : "memory");
  return value;
}
DEVICE void store_release(uint32_t* at, uint32_t value) {
  asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(at), "r"(value) : "memory");
}
DEVICE void store_release(uint64_t* at, uint64_t value) {
  asm volatile("st.release.gpu.global.u64 [%0], %1;" ::"l"(at), "l"(value) : "memory");
}

DEVICE uint32_t shared_address(const void* shared) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(shared));
}

template <int kBytes>
DEVICE void copy_async(void* shared, const void* global, bool valid = true) {
  static_assert(kBytes == 4 || kBytes == 8 || kBytes == 16);
  const uint32_t to = shared_address(shared), bytes = valid ? kBytes : 0;
  if constexpr (kBytes == 16) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(global), "r"(bytes)
                 : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(global), "n"(kBytes),
                 "r"(bytes)
                 : "memory");
  }
}
DEVICE void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Waits until at most `kOpen` committed groups of this thread are still under way.
template <int kOpen>
DEVICE void copy_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kOpen) : "memory");
}

// Lane i gives the address of row i % 8 of tile i / 8; r[t] holds the lane's two elements of tile t.
DEVICE void ldmatrix_x4(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
DEVICE void ldmatrix_x4_trans(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}

// a 16x16 row-major, b 16x8 column-major, two 16-bit elements in a register (the lower one first).
DEVICE void mma_16x8x16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Bf16) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
DEVICE void mma_16x8x16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], F16) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
// a 16x8 row-major, b 8x8 column-major: bits of floats, whose lower 13 bits do not count.
DEVICE void mma_16x8x8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

DEVICE float fast_exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
DEVICE float fast_log2(float x) {
  float y;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

}  // namespace anacrusis::cuda
