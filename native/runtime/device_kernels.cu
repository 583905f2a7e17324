// find_illegal: every block takes a contiguous share and remembers only its lowest illegal index; almost
// always there is none, and the cost is one read of the array. The last block to arrive writes the record.
#include "device_kernels.h"

#include "device_loops.cuh"

namespace anacrusis::cuda {
namespace {

constexpr unsigned kBlock = 256;
constexpr int64_t kShare = 4096;  // elements of a block, while the grid is not at its largest
constexpr int64_t kMaxBlocks = 4096;

template <class T>
struct Elements {
  const T* data;
  int64_t n, share;
};

DEVICE void keep_larger(uint64_t* at, uint64_t value) {
  uint64_t seen = load_acquire(at);
  while (seen < value) {
    const uint64_t before = atomic_cas(at, seen, value);
    if (before == seen) return;
    seen = before;
  }
}

template <class T>
KERNEL find_illegal_kernel(Elements<T> elements, ValueCheck check, ValueFault* fault) {
  SHARED(uint64_t, partials, [kBlock / kWarp]);
  const int64_t begin = blockIdx.x * elements.share;
  const int64_t end = begin + elements.share < elements.n ? begin + elements.share : elements.n;
  uint64_t lowest = 0;
  for (int64_t i = begin + threadIdx.x; i < end && lowest == 0; i += kBlock) {
    const int64_t value = elements.data[i];
    if (value < check.lo || value > check.hi) lowest = ~static_cast<uint64_t>(i);
  }
  lowest = block_max(lowest, partials);
  if (threadIdx.x != 0) return;
  if (lowest != 0) keep_larger(&fault->lowest, lowest);
  memory_fence();
  if (atomic_add(&fault->arrived, uint32_t{1}) != gridDim.x - 1) return;
  memory_fence();
  lowest = load_acquire(&fault->lowest);
  fault->lowest = 0;
  fault->arrived = 0;
  if (lowest == 0 || fault->found != 0) return;
  fault->found = 1;
  fault->op = check.op;
  fault->field = check.field;
  fault->index = static_cast<int64_t>(~lowest);
  fault->value = elements.data[fault->index];
  fault->lo = check.lo;
  fault->hi = check.hi;
}

template <class T>
void find(const Stream& stream, const ValueCheck& check, ValueFault* fault) {
  const int64_t wide = (check.size + kMaxBlocks - 1) / kMaxBlocks;
  const int64_t share = wide > kShare ? wide : kShare;
  const auto blocks = static_cast<uint32_t>((check.size + share - 1) / share);
  const Elements<T> elements{static_cast<const T*>(check.data), check.size, share};
  launch<find_illegal_kernel<T>>(stream, {blocks, kBlock}, elements, check, fault);
}

template <class T>
struct FillElement {
  T* data;
  T value;

  FORMULA_METHOD void operator()(int64_t i) const { data[i] = value; }
};

template <class T>
void fill(const Stream& stream, void* data, int64_t n, uint64_t pattern) {
  map(stream, n, FillElement<T>{static_cast<T*>(data), static_cast<T>(pattern)});
}

}  // namespace

void find_illegal(const Stream& stream, const ValueCheck& check, ValueFault* fault) {
  check.dtype == DType::u8 ? find<uint8_t>(stream, check, fault) : find<int32_t>(stream, check, fault);
}

void fill_elements(const Stream& stream, void* data, int64_t n, int64_t element_bytes, uint64_t pattern) {
  switch (element_bytes) {
    case 1: return fill<uint8_t>(stream, data, n, pattern);
    case 2: return fill<uint16_t>(stream, data, n, pattern);
    case 4: return fill<uint32_t>(stream, data, n, pattern);
    default: return fill<uint64_t>(stream, data, n, pattern);
  }
}

}  // namespace anacrusis::cuda
