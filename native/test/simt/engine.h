// The SIMT emulator: runs kernels on the CPU, one fiber per thread, on one processor core. What kernels call
// is kernel_emulated.h; this is the engine behind it.
//
// A fiber runs until a primitive makes it wait; then the next ready one goes on. The last thread to arrive at
// a barrier or collective executes it for all and makes them ready. Order of threads, order of blocks and
// number of resident blocks are settings: a kernel that is right gives the same bits for every one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>

#include "runtime/device_table.h"

namespace anacrusis::simt {

using Where = std::source_location;

// A sanitizer watches the memory of kernels, in place of guard pages and canaries.
#if defined(__SANITIZE_ADDRESS__) || defined(ANACRUSIS_SIMT_TSAN)
constexpr bool kSanitizedBuild = true;
#else
constexpr bool kSanitizedBuild = false;
#endif

enum class Order : uint8_t { forward, reverse, random };

struct Settings {
  Order order = Order::forward;
  uint64_t seed = 1;
  uint32_t resident = 1;           // blocks, or clusters of them, that run at the same time
  uint32_t capability = 86;        // what the device says it is; 90 and up have clusters
  uint32_t multiprocessors = 3;    // what the device says it has
  uint32_t shared_bytes = 101376;  // per block: 99 KB (8.6, 8.9), the smallest of those that we build for
  uint32_t seconds = 60;           // processor time of one launch
  uint32_t memory_gib = 4;         // what the device says it has
  bool flush_left = false;         // allocations lie against the guard page before them, not behind them
};
Settings& settings();
// "order=random seed=7 resident=3 capability=90 multiprocessors=5 shared_bytes=166912 seconds=5 memory_gib=16
// flush=left", any of them.
// False when a word is unknown.
bool configure(const char* words);

// Runs the kernel to its end. False: `error` says what it did wrong.
bool launch(const KernelCode& kernel, LaunchShape shape, void** arguments);
const char* error();
uint64_t launches();

// What kernel_emulated.h is made of; called by the threads of a kernel.
enum class Shuffle : uint8_t { index, up, down, exclusive_or };
enum class Product : uint8_t { bf16, f16, tf32 };

void sync_threads(Where where);
void cluster_sync(Where where);
uint32_t cluster_rank();
// The place of `shared` in the same array of another block of the cluster.
const void* cluster_shared(const void* shared, uint32_t rank, Where where);
void sync_warp(uint32_t mask, Where where);
uint64_t shuffle(Shuffle kind, uint64_t bits, int operand, uint32_t mask, Where where);
uint32_t ballot(bool predicate, uint32_t mask, Where where);
void ldmatrix(uint32_t* r, const void* row, bool transposed, Where where);
void mma(Product kind, float* d, const uint32_t* a, const uint32_t* b, Where where);

void copy_async(void* shared, const void* global, uint32_t bytes, bool valid, Where where);
void copy_async_commit();
void copy_async_wait(uint32_t open);

// The array of this site in the block's arena: filled with 0xFF, with canaries around it.
void* shared_array(const void* site, size_t bytes, size_t alignment, const char* name);
void* dynamic_shared(Where where);
uint8_t* shared_arena();  // of the block

// What a TensorMap holds here.
struct Matrix {
  const uint16_t* data;
  int64_t columns, rows;
};

void before_atomic(const void* at, size_t bytes, Where where);  // an atomic access is about to happen
void before_poll();                   // an acquire load is about to happen: other threads go first
void fence();

struct Index {
  unsigned x = 0;
};

}  // namespace anacrusis::simt

namespace anacrusis::cuda {

// Of the thread that runs; the engine sets them.
extern simt::Index threadIdx, blockIdx, blockDim, gridDim;

}  // namespace anacrusis::cuda
