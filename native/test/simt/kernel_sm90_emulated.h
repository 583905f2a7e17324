// kernel_sm90.h on the SIMT emulator. Copies and products happen at once, in the threads that ask for them; addresses,
// descriptors and the swizzle are taken as the PTX ISA describes them.
#pragma once

#define GRID_CONSTANT const

namespace anacrusis::cuda {

DEVICE uint32_t shared_address(const void* shared) {
  return static_cast<uint32_t>(static_cast<const uint8_t*>(shared) - simt::shared_arena());
}

namespace detail {

DEVICE uint8_t* swizzled(uint32_t address) { return simt::shared_arena() + (address ^ (address >> 7 & 7) << 4); }

}  // namespace detail

// Bits 0..7: arrivals that are missing; 8..15: of every phase; 16..39: bytes that are under way; 40..63: phases over.
DEVICE void barrier_init(uint64_t* barrier, uint32_t arrivals) { *barrier = arrivals | arrivals << 8; }
DEVICE void barriers_ready() {}

namespace detail {

DEVICE void change_barrier(uint64_t* barrier, uint64_t arrivals, int64_t bytes) {
  memory_fence();
  for (uint64_t seen = load_acquire(barrier), found = 0;; seen = found) {
    const uint64_t all = seen >> 8 & 0xff, open = (seen >> 16 & 0xffffff) + static_cast<uint64_t>(bytes);
    const uint64_t missing = (seen & 0xff) - arrivals;
    const bool over = missing == 0 && open == 0;
    found = atomic_cas(barrier, seen, (over ? all : missing) | all << 8 | open << 16 | ((seen >> 40) + over) << 40);
    if (found == seen) return;
  }
}

}  // namespace detail

DEVICE void barrier_arrive(uint64_t* barrier) { detail::change_barrier(barrier, 1, 0); }
DEVICE void barrier_arrive_for(uint64_t* barrier, uint32_t bytes) { detail::change_barrier(barrier, 1, bytes); }
DEVICE void barrier_wait(uint64_t* barrier, uint32_t parity) {
  while ((load_acquire(barrier) >> 40) % 2 == parity) {
  }
  memory_fence();
}

DEVICE void copy_box(void* shared, const TensorMap* map, int32_t column, int32_t row, uint64_t* barrier) {
  const uint32_t to = shared_address(shared);
  simt::Matrix matrix;
  std::memcpy(&matrix, map, sizeof matrix);
  for (int r = 0; r < kPanelRows; ++r) {
    for (int c = 0; c < kPanelColumns; ++c) {
      const int64_t i = int64_t{row} + r, j = int64_t{column} + c;
      const bool inside = i >= 0 && j >= 0 && i < matrix.rows && j < matrix.columns;
      const uint16_t bits = inside ? matrix.data[i * matrix.columns + j] : uint16_t{0};
      *reinterpret_cast<uint16_t*>(detail::swizzled(to + static_cast<uint32_t>(r * kPanelColumns + c) * 2)) = bits;
    }
  }
  detail::change_barrier(barrier, 0, -static_cast<int64_t>(kPanelBytes));
}

namespace detail {

template <class T>
DEVICE float panel_element(uint64_t descriptor, int row, int k) {
  const auto eight_rows = static_cast<uint32_t>(descriptor >> 32 & 0x3fff) << 4;
  const auto start = static_cast<uint32_t>(descriptor & 0x3fff) << 4;
  const uint32_t address = start + row / 8 * eight_rows + row % 8 * 128 + k * 2;
  return math::to_float(*reinterpret_cast<const T*>(swizzled(address)));
}

}  // namespace detail

template <class T>
DEVICE void group_product(GroupScores& d, uint64_t a, uint64_t b, int add, T) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp, warp = static_cast<int>(threadIdx.x) % kGroup / kWarp;
  for (int half = 0; half < 2; ++half) {
    float left[kProductDepth];
    for (int k = 0; k < kProductDepth; ++k) left[k] = detail::panel_element<T>(a, warp * 16 + half * 8 + lane / 4, k);
    for (int j = 0; j < kProductColumns / 4; ++j) {
      const int n = j / 2, e = j % 2;
      float sum = add != 0 ? d[n][2 * half + e] : 0.0f;
      for (int k = 0; k < kProductDepth; ++k) {
        sum += left[k] * detail::panel_element<T>(b, n * 8 + lane % 4 * 2 + e, k);
      }
      d[n][2 * half + e] = sum;
    }
  }
}
DEVICE void group_begin() {}
DEVICE void group_end() {}

}  // namespace anacrusis::cuda
