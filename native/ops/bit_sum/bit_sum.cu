#include "bit_sum.h"

#include "runtime/device_loops.cuh"

// A fixed number of warps reads with a stride of all of them, four elements a lane and step. Integer
// atomics: any order gives the same sum.
namespace anacrusis::cuda {
namespace {

constexpr int kThreads = 256, kWide = 4;
constexpr int64_t kMaxBlocks = 2048;

KERNEL_BOUNDS(kThreads, 1) add_bits(int64_t n, const uint32_t* x, uint32_t* sum) {
  SHARED(uint32_t, partials, [kThreads / kWarp]);
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  const int64_t threads = static_cast<int64_t>(gridDim.x) * kThreads;
  const bool aligned = reinterpret_cast<uintptr_t>(x) % (kWide * sizeof(uint32_t)) == 0;
  const int64_t wide = aligned ? n / kWide : 0;
  uint32_t own = 0;
  for (int64_t i = thread; i < wide; i += threads) {
    const auto four = reinterpret_cast<const Vec<uint32_t, kWide>*>(x)[i];
    own += four.v[0] + four.v[1] + four.v[2] + four.v[3];
  }
  for (int64_t i = wide * kWide + thread; i < n; i += threads) own += x[i];
  const uint32_t all = block_sum(own, partials);
  if (threadIdx.x == 0) atomic_add(sum, all);
}

}  // namespace

void run(const BitSum& a, const Stream& stream) {
  must("fill", device_table().fill(a.sum.data, 0, sizeof(int32_t), stream.handle));
  const int64_t blocks = (a.n + kThreads * kWide - 1) / (kThreads * kWide);
  launch<add_bits>(stream, {static_cast<uint32_t>(blocks < kMaxBlocks ? blocks : kMaxBlocks), kThreads}, a.n,
                   reinterpret_cast<const uint32_t*>(a.x.data), reinterpret_cast<uint32_t*>(a.sum.data));
}

}  // namespace anacrusis::cuda
