// Rows that several threads work on together: 8 lanes for short ones (four rows to a warp), a warp, or a
// block of 512 threads for long ones. An op gives an object with
//
//   template <class Row> DEVICE_METHOD void operator()(const Row& row) const
//
// in which row.index is the row, row.each(n, wide, f) calls f(i, width) for the elements that this thread
// takes, `width` of them from i on (4, as one load and store, when the arrays allow it; else 1),
// row.sum(x) and row.max(x) are over all threads of the row, in an order that n alone sets, and row.first()
// is true in one thread. All threads of a row must take the same path.
#pragma once

#include "math/binary.h"
#include "wide.h"

namespace anacrusis::cuda {

// Whether rows of n floats in all these arrays can be read four at a time.
template <class... Pointers>
bool wide_rows(int64_t n, const Pointers*... arrays) {
  return n % 4 == 0 && aligned_to_four(arrays...);
}

// kLanes lanes of a warp. Rows past the end take part in the sums, with no elements.
template <int kLanes>
struct LaneRow {
  int64_t index;
  bool active;
  int lane;

  DEVICE_METHOD bool first() const { return active && lane == 0; }
  template <class F>
  DEVICE_METHOD void each(int64_t n, bool wide, const F& f) const {
    each_of<kLanes>(lane, active ? n : 0, wide, f);
  }
  template <class T>
  DEVICE_METHOD T sum(T value) const {
    UNROLL
    for (int delta = kLanes / 2; delta > 0; delta /= 2) value += shfl_xor(value, delta);
    return value;
  }
  // NaN when there is one.
  DEVICE_METHOD float max(float value) const {
    UNROLL
    for (int delta = kLanes / 2; delta > 0; delta /= 2) value = math::Max::value(value, shfl_xor(value, delta));
    return value;
  }
};

template <int kThreads>
struct BlockRow {
  int64_t index;
  float* partials;  // shared, one per warp

  DEVICE_METHOD bool first() const { return threadIdx.x == 0; }
  template <class F>
  DEVICE_METHOD void each(int64_t n, bool wide, const F& f) const {
    each_of<kThreads>(static_cast<int>(threadIdx.x), n, wide, f);
  }
  DEVICE_METHOD float sum(float value) const { return block_sum(value, partials); }
  DEVICE_METHOD float max(float value) const {
    value = LaneRow<kWarp>{}.max(value);
    if (threadIdx.x % kWarp == 0) partials[threadIdx.x / kWarp] = value;
    sync_threads();
    float largest = partials[0];
    for (int warp = 1; warp < kThreads / kWarp; ++warp) largest = math::Max::value(largest, partials[warp]);
    sync_threads();
    return largest;
  }
};

constexpr int kRowThreads = 256, kLongRowThreads = 512;

template <int kLanes, class Kernel>
KERNEL_BOUNDS(kRowThreads, 4) lane_rows(int64_t n, Kernel kernel) {
  constexpr int kRows = kRowThreads / kLanes;
  const int thread = static_cast<int>(threadIdx.x);
  for (int64_t first = int64_t{blockIdx.x} * kRows; first < n; first += int64_t{gridDim.x} * kRows) {
    const int64_t row = first + thread / kLanes;
    kernel(LaneRow<kLanes>{row < n ? row : n - 1, row < n, thread % kLanes});
  }
}

template <class Kernel>
KERNEL_BOUNDS(kLongRowThreads, 2) block_rows(int64_t n, Kernel kernel) {
  SHARED(float, partials, [kLongRowThreads / kWarp]);
  for (int64_t row = blockIdx.x; row < n; row += gridDim.x) kernel(BlockRow<kLongRowThreads>{row, partials});
}

// kernel on n rows of `width` elements.
template <class Kernel>
void cooperative_rows(const Stream& stream, int64_t n, int64_t width, const Kernel& kernel) {
  constexpr int64_t kMost = int64_t{1} << 20;
  const auto grid = [n](int64_t rows) {
    const int64_t blocks = (n + rows - 1) / rows;
    return static_cast<uint32_t>(blocks < kMost ? blocks : kMost);
  };
  if (width <= 64) {
    launch<lane_rows<8, Kernel>>(stream, {grid(kRowThreads / 8), kRowThreads}, n, kernel);
  } else if (width <= 1024) {
    launch<lane_rows<kWarp, Kernel>>(stream, {grid(kRowThreads / kWarp), kRowThreads}, n, kernel);
  } else {
    launch<block_rows<Kernel>>(stream, {grid(1), kLongRowThreads}, n, kernel);
  }
}

}  // namespace anacrusis::cuda
