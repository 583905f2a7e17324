// What kernels for compute capability 9.0 alone (<op>_sm90.cu) are written in, beside kernel.h. Two implementations: PTX
// (kernel_sm90_cuda.h), and the emulator's (kernel_sm90_emulated.h), which shows all but whether that PTX is right.
//
//   GRID_CONSTANT                              of a parameter whose address is taken: a TensorMap
//   copy_box(shared, &map, column, row, barrier)   by one thread, of a matrix that the device table has described:
//                                              kPanelBytes, zeros where outside of it
//   barrier_init, barriers_ready, barrier_arrive, barrier_arrive_for(bytes), barrier_wait(parity)
//                                              in shared memory; phases end with all arrivals, and all bytes
//   panel_descriptor(address)                  of rows in shared memory
//   group_begin, group_product, group_end      of four warps: d = a b^T, 64 rows by 128, 16 elements deep
//
// A panel is a box in shared memory, at a multiple of kAtom: 128 bytes a row, in the 128-byte swizzle that copies write
// and products read. Bits 4..6 of an address are combined (exclusive or) with bits 7..9, the row modulo 8. A product
// begins at the descriptor of its first row and 32 bytes further for each 16 elements; the swizzle is applied after that.
#pragma once

#include "kernel.h"

namespace anacrusis::cuda {

constexpr int kPanelRows = 128, kPanelColumns = 64, kGroup = 128;  // rows, elements, threads
constexpr uint32_t kPanelBytes = kPanelRows * kPanelColumns * 2, kAtom = 1024;
constexpr int kProductColumns = 128, kProductDepth = 16;

// A lane's scores, as those of mma_16x8x16 for the 16 rows of its warp.
using GroupScores = float[kProductColumns / 8][4];

// PTX, "Matrix Descriptor Format": in units of 16 bytes the address and, at bit 32, the distance of eight rows from the
// next eight; bit 62: 128-byte swizzle. The distance along a row, at bit 16, means nothing with a swizzle.
DEVICE uint64_t panel_descriptor(uint32_t address) {
  return static_cast<uint64_t>((address & 0x3ffffu) >> 4) | uint64_t{1} << 16 | uint64_t{kAtom >> 4} << 32 |
         uint64_t{1} << 62;
}

}  // namespace anacrusis::cuda

#if defined(__CUDACC__)
#include "kernel_sm90_cuda.h"
#else
#include "kernel_sm90_emulated.h"
#endif
