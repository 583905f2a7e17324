// The map and scan tiers on a device: the same formula objects that the CPU loops run.
#pragma once

#include <cstdint>

#include "kernel.h"

namespace anacrusis::cuda {

template <class Kernel>
KERNEL each_element(int64_t n, Kernel kernel) {
  const int64_t stride = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += stride) {
    kernel(i);
  }
}

template <class Kernel>
void map(const Stream& stream, int64_t n, Kernel kernel) {
  if (n <= 0) return;
  constexpr int64_t kBlock = 256, kMaxBlocks = int64_t{1} << 20;
  const int64_t blocks = (n + kBlock - 1) / kBlock;
  launch<each_element<Kernel>>(stream, {static_cast<uint32_t>(blocks < kMaxBlocks ? blocks : kMaxBlocks), kBlock},
                               n, kernel);
}

// One thread per row; the width is the CPU's concern.
template <class Kernel>
void rows(const Stream& stream, int64_t n, int64_t /*width*/, Kernel kernel) {
  map(stream, n, kernel);
}

}  // namespace anacrusis::cuda
