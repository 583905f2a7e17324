// The emulator's own tests: kernels that are wrong on purpose and what it must say of each, and kernels that are
// right, of which it must say nothing. `wrong_kernels` runs all whose finding is a message; `wrong_kernels list races`
// names those that only ThreadSanitizer finds, `wrong_kernels <name>` runs one.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "engine.h"
#include "memory.h"
#include "runtime/kernel.h"

namespace anacrusis::cuda {
namespace {

constexpr int kThreads = 64;

// --- right --------------------------------------------------------------------------------------

KERNEL add_up(const float* x, float* sum) {
  SHARED(float, partials, [kThreads / kWarp]);
  const float all = block_sum(x[threadIdx.x], partials);
  if (threadIdx.x == 0) *sum = all;
}

KERNEL two_groups(float* y) {
  const unsigned lane = threadIdx.x % kWarp;
  const uint32_t mask = lane < 12 ? 0xfffu : 0xfffff000u;
  float value = static_cast<float>(lane);
  if (lane < 12) value = shfl(value, 3, mask);
  else value = shfl(value, 20, mask);
  y[threadIdx.x] = value;
}

KERNEL unset_shared(float* y) {
  SHARED(float, a, [kThreads]);
  y[threadIdx.x] = a[threadIdx.x];
}

KERNEL early_exit(float* y) {
  if (threadIdx.x >= 40) return;
  y[threadIdx.x] = 1.0f;
}

// The sum of what the blocks of a cluster have, in every one of them.
KERNEL cluster_sum(const float* x, float* y) {
  SHARED(float, own, [kThreads]);
  own[threadIdx.x] = x[cluster_rank() * kThreads + threadIdx.x];
  cluster_sync();
  float sum = 0.0f;
  for (uint32_t rank = 0; rank < 4; ++rank) sum += cluster_shared(own, rank)[kThreads - 1 - threadIdx.x];
  y[blockIdx.x * kThreads + threadIdx.x] = sum;
  cluster_sync();
}

// a 16x16 row-major, b: `transposed` 16x8 row-major (read with .trans), else 8x16.
template <class T>
KERNEL product(const T* a, const T* b, float* c, bool transposed) {
  SHARED(T, rows, [16][24]);
  SHARED(T, columns, [16][24]);
  const unsigned lane = threadIdx.x;
  for (unsigned i = lane; i < 256; i += kWarp) rows[i / 16][i % 16] = a[i];
  for (unsigned i = lane; i < 128; i += kWarp) {
    if (transposed) columns[i / 8][i % 8] = b[i];
    else columns[i / 16][i % 16] = b[i];
  }
  sync_warp();
  uint32_t fa[4], fb[4];
  ldmatrix_x4(fa, &rows[lane % 16][lane / 16 * 8]);
  if (transposed) ldmatrix_x4_trans(fb, &columns[lane % 16][0]);
  else ldmatrix_x4(fb, &columns[lane % 8][lane / 8 % 2 * 8]);
  float d[4] = {};
  const uint32_t b01[2] = {fb[0], fb[1]};
  mma_16x8x16(d, fa, b01, T{});
  for (unsigned r = 0; r < 4; ++r) c[(lane / 4 + r / 2 * 8) * 8 + lane % 4 * 2 + r % 2] = d[r];
}

KERNEL product_tf32(const float* a, const float* b, float* c) {
  const unsigned g = threadIdx.x / 4, t = threadIdx.x % 4;
  uint32_t fa[4], fb[2];
  const float values[] = {a[g * 8 + t], a[(g + 8) * 8 + t], a[g * 8 + t + 4], a[(g + 8) * 8 + t + 4],
                          b[t * 8 + g], b[(t + 4) * 8 + g]};
  std::memcpy(fa, values, sizeof fa);
  std::memcpy(fb, values + 4, sizeof fb);
  float d[4] = {};
  mma_16x8x8_tf32(d, fa, fb);
  for (unsigned r = 0; r < 4; ++r) c[(g + r / 2 * 8) * 8 + t * 2 + r % 2] = d[r];
}

KERNEL copied(const float* x, float* y) {
  SHARED(float, a, [kThreads]);
  copy_async<4>(&a[threadIdx.x], &x[threadIdx.x], threadIdx.x % 2 == 0);
  copy_async_commit();
  copy_async_wait<0>();
  sync_threads();
  y[threadIdx.x] = a[kThreads - 1 - threadIdx.x];
}

// The sum of all blocks' numbers by the block that comes last.
KERNEL last_block(float* partials, uint32_t* ticket, float* sum) {
  SHARED(uint32_t, turn, [1]);
  if (threadIdx.x == 0) {
    partials[blockIdx.x] = static_cast<float>(blockIdx.x + 1);
    memory_fence();
    turn[0] = atomic_add(ticket, 1u);
    memory_fence();
  }
  sync_threads();
  if (turn[0] != gridDim.x - 1 || threadIdx.x > 0) return;
  float all = 0.0f;
  for (unsigned b = 0; b < gridDim.x; ++b) all += partials[b];
  *sum = all;
}

KERNEL look_back(uint32_t* ticket, uint32_t* ready, bool numbered) {
  SHARED(uint32_t, number, [1]);
  if (threadIdx.x == 0) number[0] = numbered ? atomic_add(ticket, 1u) : blockIdx.x;
  sync_threads();
  if (threadIdx.x > 0) return;
  const uint32_t own = number[0];
  uint32_t before = 1;
  if (own > 0) {
    while ((before = load_acquire(&ready[own - 1])) == 0) {
    }
  }
  store_release(&ready[own], before + 1);
}

// --- wrong: messages ----------------------------------------------------------------------------

KERNEL diverged() {
  if (threadIdx.x < 16) sync_threads();
  else sync_threads();
}

KERNEL unequal() {
  if (threadIdx.x < 16) sync_threads();
}

KERNEL culprit() {
  if (threadIdx.x == 5) sync_warp();
  else sync_threads();
}

KERNEL foreign_mask() { shfl_xor(1.0f, 1, threadIdx.x < 32 ? kFullWarp : 0xffu); }

KERNEL overlapping() {
  if (threadIdx.x % kWarp < 7) sync_warp(0xffu);
  else sync_warp(0xffffff80u);
}

KERNEL absent_lane() {
  if (threadIdx.x == 7) return;
  shfl(1.0f, 7, kFullWarp);
}

KERNEL mixed(float* y) {
  if (threadIdx.x % 2 == 0) y[threadIdx.x] = shfl(1.0f, 0);
  else y[threadIdx.x] = static_cast<float>(warp_ballot(true));
}

KERNEL beyond_shared(float* y) {
  SHARED(float, row, [kThreads]);
  row[threadIdx.x + 1] = 1.0f;
  sync_threads();
  y[threadIdx.x] = row[threadIdx.x];
}

KERNEL beyond_dynamic(float* y) {
  DYNAMIC_SHARED(float, row);
  row[threadIdx.x + 2] = 1.0f;
  sync_threads();
  y[threadIdx.x] = 1.0f;
}

KERNEL read_at(const float* x, int64_t i, float* y) { *y = x[i]; }
KERNEL write_at(float* y, int64_t i) { y[i] = 1.0f; }

KERNEL never_waited(const float* x) {
  SHARED(float, a, [kThreads]);
  copy_async<4>(&a[threadIdx.x], &x[threadIdx.x]);
  copy_async_commit();
}

KERNEL read_too_early(const float* x, float* y) {
  SHARED(float, a, [kThreads]);
  copy_async<4>(&a[threadIdx.x], &x[threadIdx.x]);
  copy_async_commit();
  y[threadIdx.x] = a[threadIdx.x];
  copy_async_wait<0>();
}

KERNEL copy_beyond(const float* x) {
  SHARED(float, a, [kThreads]);
  if (threadIdx.x == kThreads - 1) copy_async<4>(&a[threadIdx.x + 1], &x[threadIdx.x]);
}

KERNEL copy_misaligned(const float* x) {
  SHARED(float, a, [kThreads]);
  copy_async<8>(&a[1], &x[0]);
}

KERNEL misaligned_row() {
  SHARED(Bf16, a, [32][9]);
  uint32_t r[4];
  ldmatrix_x4(r, &a[threadIdx.x][0]);
}

KERNEL half_a_warp() {
  float d[4] = {};
  const uint32_t a[4] = {}, b[2] = {};
  if (threadIdx.x < 16) return;
  mma_16x8x16(d, a, b, Bf16{});
}

KERNEL endless(uint32_t* flag) {
  while (*static_cast<volatile uint32_t*>(flag) != 0) {
  }
}

KERNEL deep(float* y) {
  volatile char large[96 * 1024];
  large[threadIdx.x] = 1;
  y[0] = large[threadIdx.x];
}

KERNEL too_much_static(float* y) {
  SHARED(float, a, [16 * 1024]);
  y[0] = a[threadIdx.x];
}

KERNEL no_dynamic(float* y) {
  DYNAMIC_SHARED(float, a);
  y[0] = a[0];
}

KERNEL misaligned_atomic(char* at) { atomic_add(reinterpret_cast<uint32_t*>(at + 2), 1u); }
KERNEL divides(int* y, int by) { *y = static_cast<int>(threadIdx.x) / by; }
KERNEL nothing() {}

// Clusters of two.

KERNEL no_cluster_sync(float* y) {
  SHARED(float, own, [kThreads]);
  own[threadIdx.x] = 1.0f;
  y[threadIdx.x] = cluster_shared(own, 1 - cluster_rank())[threadIdx.x];
}

KERNEL has_left(float* y) {
  SHARED(float, own, [kThreads]);
  own[threadIdx.x] = 1.0f;
  cluster_sync();
  if (cluster_rank() == 1) return;
  sync_threads();
  y[threadIdx.x] = cluster_shared(own, 1)[threadIdx.x];
}

KERNEL read_of_the_left(float* y) {
  SHARED(float, own, [kThreads]);
  own[threadIdx.x] = 1.0f;
  cluster_sync();
  if (cluster_rank() == 1) return;
  const float* const other = cluster_shared(own, 1);
  sync_threads();
  y[threadIdx.x] = other[threadIdx.x];
}

KERNEL foreign_rank(float* y) {
  SHARED(float, own, [kThreads]);
  cluster_sync();
  y[threadIdx.x] = *cluster_shared(own, 2);
}

KERNEL not_shared(float* y) {
  cluster_sync();
  *cluster_shared(y, 1) = 1.0f;
}

KERNEL unequal_clusters() {
  cluster_sync();
  if (cluster_rank() == 0) cluster_sync();
}

KERNEL diverged_cluster() {
  if (cluster_rank() == 0) cluster_sync();
  else cluster_sync();
}

KERNEL cluster_deadlock() {
  if (cluster_rank() == 1 && threadIdx.x < 5) sync_threads();
  cluster_sync();
}

// --- wrong: races, by ThreadSanitizer -----------------------------------------------------------

KERNEL race_read(float* y, bool wait) {
  SHARED(float, a, [kThreads]);
  a[threadIdx.x] = static_cast<float>(threadIdx.x);
  if (wait) sync_threads();
  y[threadIdx.x] = a[(threadIdx.x + 1) % kThreads];
}

KERNEL race_reuse(float* y, bool wait) {
  SHARED(float, a, [kThreads]);
  for (int round = 0; round < 2; ++round) {
    a[threadIdx.x] = static_cast<float>(round);
    sync_threads();
    y[threadIdx.x] = a[(threadIdx.x + 1) % kThreads];
    if (wait) sync_threads();
  }
}

KERNEL race_sum(uint32_t* sum, bool atomic) {
  if (threadIdx.x > 0) return;
  if (atomic) atomic_add(sum, 1u);
  else *sum += 1;
}

KERNEL race_shuffle(float* y, bool fence) {
  SHARED(float, a, [kThreads]);
  a[threadIdx.x] = 1.0f;
  if (fence) sync_warp();
  else shfl(1.0f, 0);
  y[threadIdx.x] = a[threadIdx.x ^ 1];
}

KERNEL race_copy(const float* x, float* y, bool wait) {
  SHARED(float, a, [kThreads]);
  copy_async<4>(&a[threadIdx.x], &x[threadIdx.x]);
  copy_async_commit();
  copy_async_wait<0>();
  if (wait) sync_threads();
  y[threadIdx.x] = a[threadIdx.x ^ 1];
}

KERNEL race_ldmatrix(uint32_t* y, bool wait) {
  SHARED(Bf16, a, [32][8]);
  for (int j = 0; j < 8; ++j) a[threadIdx.x][j] = Bf16{0};
  if (wait) sync_warp();
  uint32_t r[4];
  ldmatrix_x4(r, &a[(threadIdx.x + 1) % 32][0]);
  y[threadIdx.x] = r[0];
}

KERNEL race_fence(float* partials, uint32_t* ticket, float* sum, bool fence) {
  if (threadIdx.x > 0) return;
  partials[blockIdx.x] = 1.0f;
  if (fence) memory_fence();
  const uint32_t turn = atomic_add(ticket, 1u);
  if (turn != gridDim.x - 1) return;
  if (fence) memory_fence();
  *sum = partials[0];
}

KERNEL race_cluster(float* y, bool wait) {
  SHARED(float, a, [kThreads]);
  const float* const other = (cluster_sync(), cluster_shared(a, 1 - cluster_rank()));
  a[threadIdx.x] = 1.0f;
  if (wait) cluster_sync();
  y[blockIdx.x * kThreads + threadIdx.x] = other[threadIdx.x];
  cluster_sync();
}

// --- trials -------------------------------------------------------------------------------------

template <class T>
class Buffer {
 public:
  explicit Buffer(int64_t count) : size_(count), data_(static_cast<T*>(simt::allocate(count * sizeof(T), simt::settings().flush_left))) {
    std::memset(data_, 0, count * sizeof(T));
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    std::string damage;
    simt::release(data_, damage);
  }
  T* data() const { return data_; }
  T& operator[](int64_t i) const { return data_[i]; }
  int64_t size() const { return size_; }

 private:
  int64_t size_;
  T* data_;
};

const Stream kStream;
int problems = 0;

void require(const char* name, bool holds, const std::string& text) {
  if (holds) return;
  ++problems;
  std::printf("FAILED %s: %s\n", name, text.c_str());
}

// What the launch said; empty when it went well.
template <auto kernel, class... Arguments>
std::string said(LaunchShape shape, const Arguments&... arguments) {
  try {
    launch<kernel>(kStream, shape, arguments...);
    return "";
  } catch (const DeviceFailure& failure) {
    return failure.what();
  }
}

// All of `parts` (after the first `|`, more of them) are in what it said.
void expect(const char* name, const std::string& got, const std::string& parts) {
  for (size_t at = 0; at <= parts.size();) {
    const size_t end = std::min(parts.find('|', at), parts.size());
    const std::string part = parts.substr(at, end - at);
    require(name, got.find(part) != std::string::npos, "expected '" + part + "' in '" + got + "'");
    at = end + 1;
  }
}

void expect_none(const char* name, const std::string& got) { require(name, got.empty(), got); }

template <class T>
void try_product(const char* name) {
  for (const bool transposed : {false, true}) {
    const Buffer<T> a(256), b(128);
    const Buffer<float> c(128);
    const auto value = [](int i) { return static_cast<float>(i * 7 % 11 - 5); };
    for (int i = 0; i < 256; ++i) a[i] = math::Narrow<T>::from(value(i));
    for (int i = 0; i < 128; ++i) b[i] = math::Narrow<T>::from(value(i + 3));
    expect_none(name, said<product<T>>({1, 32}, a.data(), b.data(), c.data(), transposed));
    for (int m = 0; m < 16; ++m) {
      for (int n = 0; n < 8; ++n) {
        float want = 0.0f;
        for (int k = 0; k < 16; ++k) want += value(m * 16 + k) * value((transposed ? k * 8 + n : n * 16 + k) + 3);
        require(name, c[m * 8 + n] == want, "another product than the loop's");
      }
    }
  }
}

void right_cluster() {
  const Buffer<float> x(4 * kThreads), y(8 * kThreads);
  for (int64_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 37);
  simt::configure("capability=90");
  expect_none("cluster_sum", said<cluster_sum>({8, kThreads, 0, 4}, x.data(), y.data()));
  simt::configure("capability=86");
  for (int64_t i = 0; i < y.size(); ++i) {
    float want = 0.0f;
    for (int rank = 0; rank < 4; ++rank) want += x[rank * kThreads + kThreads - 1 - i % kThreads];
    require("cluster_sum", y[i] == want, "another sum than the loop's");
  }
}

void right() {
  const Buffer<float> x(kThreads), y(kThreads);
  for (int i = 0; i < kThreads; ++i) x[i] = static_cast<float>(i);
  expect_none("add_up", said<add_up>({1, kThreads}, x.data(), y.data()));
  require("add_up", y[0] == kThreads * (kThreads - 1) / 2.0f, "another sum");
  expect_none("two_groups", said<two_groups>({1, kThreads}, y.data()));
  require("two_groups", y[11] == 3.0f && y[12] == 20.0f, "other lanes than asked for");
  expect_none("unset_shared", said<unset_shared>({1, kThreads}, y.data()));
  require("unset_shared", std::isnan(y[0]), "shared memory does not start as NaN");
  expect_none("early_exit", said<early_exit>({1, kThreads}, y.data()));
  expect_none("copied", said<copied>({1, kThreads}, x.data(), y.data()));
  require("copied", y[0] == 0.0f && y[1] == kThreads - 2.0f, "other numbers than copied, or no zeros");
  try_product<Bf16>("product of bf16");
  try_product<F16>("product of f16");
  const Buffer<float> a(128), b(64), c(128);
  for (int i = 0; i < 128; ++i) a[i] = static_cast<float>(i * 5 % 13 - 6);
  for (int i = 0; i < 64; ++i) b[i] = static_cast<float>(i * 3 % 7 - 3);
  expect_none("product_tf32", said<product_tf32>({1, 32}, a.data(), b.data(), c.data()));
  for (int i = 0; i < 128; ++i) {
    float want = 0.0f;
    for (int k = 0; k < 8; ++k) want += a[i / 8 * 8 + k] * b[k * 8 + i % 8];
    require("product_tf32", c[i] == want, "another product than the loop's");
  }
  const Buffer<uint32_t> ticket(1), ready(9);
  expect_none("last_block", said<last_block>({9, kThreads}, y.data(), ticket.data(), x.data()));
  require("last_block", x[0] == 45.0f, "another sum");
  ticket[0] = 0;
  expect_none("look_back", said<look_back>({9, kThreads}, ticket.data(), ready.data(), true));
  require("look_back", ready[8] == 10, "another chain");
  right_cluster();
}

void barriers_and_collectives() {
  const Buffer<float> y(kThreads);
  expect("diverged", said<diverged>({1, kThreads}), "diverged barrier|wrong_kernels.cu:");
  expect("unequal", said<unequal>({1, kThreads}), "passed|barriers");
  expect("culprit", said<culprit>({1, kThreads}),
         "deadlock|63 threads|at the barrier wrong_kernels.cu:|1 thread, first 5|mask ffffffff, missing lanes ffffffdf");
  expect("foreign_mask", said<foreign_mask>({1, kThreads}), "not in its own mask 000000ff");
  expect("overlapping", said<overlapping>({1, kThreads}), "overlaps the mask");
  expect("absent_lane", said<absent_lane>({1, 32}), "reads lane 7, which is not there");
  expect("mixed", said<mixed>({1, 32}, y.data()), "meets lane");
  expect("misaligned_row", said<misaligned_row>({1, 32}), "not aligned to 16");
  expect("half_a_warp", said<half_a_warp>({1, 32}), "needs all 32 lanes, ffff0000 are there");
  const Buffer<uint32_t> ticket(1), ready(9);
  simt::configure("order=reverse resident=1");
  expect("look_back without tickets", said<look_back>({9, kThreads}, ticket.data(), ready.data(), false), "stall");
  simt::configure("order=forward");
}

void shared_memory() {
  const Buffer<float> x(kThreads), y(kThreads);
  if (!simt::kSanitizedBuild) {
    expect("beyond_shared", said<beyond_shared>({1, kThreads}, y.data()), "0 bytes behind the end of row (256 bytes)");
    expect("beyond_dynamic", said<beyond_dynamic>({1, kThreads, 256}, y.data()),
           "outside of shared memory|behind the end of dynamic shared memory (256 bytes)");
  }
  expect("never_waited", said<never_waited>({1, kThreads}, x.data()), "never waited for");
  expect_none("read_too_early", said<read_too_early>({1, kThreads}, x.data(), y.data()));
  require("read_too_early", std::isnan(y[0]), "a copy arrives before the wait");
  expect("copy_beyond", said<copy_beyond>({1, kThreads}, x.data()), "thread 63: copy_async|end of an array");
  expect("copy_misaligned", said<copy_misaligned>({1, 1}, x.data()), "not aligned to its 8 bytes");
  expect("too_much_static", said<too_much_static>({1, 1}, y.data()), "65536 bytes of static shared memory");
  expect("no_dynamic", said<no_dynamic>({1, 1}, y.data()), "gives no shared_bytes");
}

void device_memory() {
  if (simt::kSanitizedBuild) return;  // the sanitizer's business
  const Buffer<float> y(5);
  expect("read behind", said<read_at>({1, 1}, y.data(), int64_t{8}, y.data()),
         "thread 0: illegal read 12 bytes behind the end of device allocation|(20 bytes)");
  expect("write behind", said<write_at>({1, 1}, y.data(), int64_t{5}), "a write 0 bytes behind the end of");
  y.data()[5] = y.data()[6] = y.data()[7] = 0;
  float* gone;
  {
    const Buffer<float> other(7);
    gone = other.data();
  }
  expect("released", said<read_at>({1, 1}, gone, int64_t{0}, y.data()), "which was released");
  simt::configure("flush=left");
  const Buffer<float> left(5);
  expect("read before", said<read_at>({1, 1}, left.data(), int64_t{-1}, left.data()), "illegal read 4 bytes before");
  expect("write before", said<write_at>({1, 1}, left.data(), int64_t{-2}), "illegal write 8 bytes before");
  simt::configure("flush=right");
  const Buffer<char> bytes(16);
  expect("misaligned_atomic", said<misaligned_atomic>({1, 1}, bytes.data()), "not aligned to its 4 bytes");
}

void launches() {
  const Buffer<float> y(1);
  expect("too many threads", said<nothing>({1, 1025}), "1025 threads in a block, at most 1024");
  expect("too much shared memory", said<nothing>({1, 32, 200000}), "200000 bytes of dynamic shared memory");
  if (!simt::kSanitizedBuild) {
    expect("deep", said<deep>({1, 1}, y.data()), "stack of 64 KB is full");
    const Buffer<int> number(1);
    expect("divides", said<divides>({1, 1}, number.data(), 0), "division by zero");
    const Buffer<uint32_t> flag(1);
    flag[0] = 1;
    simt::configure("seconds=1");
    expect("endless", said<endless>({1, 1}, flag.data()), "still running after 1 s");
    simt::configure("seconds=60");
  }
  expect_none("nothing", said<nothing>({5, 37}));
}

void wrong_clusters() {
  const LaunchShape pair{2, kThreads, 0, 2};
  const Buffer<float> y(4 * kThreads);
  expect("clusters on 8.6", said<no_cluster_sync>(pair, y.data()), "need compute capability 9.0, the device has 8.6");
  simt::configure("capability=90");
  expect("nine blocks", said<no_cluster_sync>({9, kThreads, 0, 9}, y.data()), "clusters of 9 blocks");
  expect("half a cluster", said<no_cluster_sync>({5, kThreads, 0, 2}, y.data()), "they divide the grid of 5");
  expect("no_cluster_sync", said<no_cluster_sync>(pair, y.data()), "has not come to this array");
  expect("has_left", said<has_left>(pair, y.data()), "block 1 has left");
  expect("foreign_rank", said<foreign_rank>(pair, y.data()), "rank 2 of a cluster of 2");
  expect("not_shared", said<not_shared>(pair, y.data()), "not in shared memory of this block");
  expect("unequal_clusters", said<unequal_clusters>(pair), "passed|all threads of a cluster must reach each cluster_sync");
  expect("diverged_cluster", said<diverged_cluster>(pair), "diverged barrier: cluster_sync at");
  expect("cluster_deadlock", said<cluster_deadlock>(pair), "wait at the barrier of the cluster");
  if (!simt::kSanitizedBuild) {
    expect_none("read_of_the_left", said<read_of_the_left>(pair, y.data()));
    require("read_of_the_left", std::isnan(y[0]), "memory of a block that has left should be NaN");
  }
  simt::configure("capability=86");
}

struct Race {
  const char* name;
  void (*run)(bool right);
};

const Race kRaces[] = {
    {"race_read", [](bool right) {
       const Buffer<float> y(kThreads);
       expect_none("race_read", said<race_read>({1, kThreads}, y.data(), right));
     }},
    {"race_reuse", [](bool right) {
       const Buffer<float> y(kThreads);
       expect_none("race_reuse", said<race_reuse>({1, kThreads}, y.data(), right));
     }},
    {"race_sum", [](bool right) {
       const Buffer<uint32_t> sum(1);
       expect_none("race_sum", said<race_sum>({5, kThreads}, sum.data(), right));
     }},
    {"race_shuffle", [](bool right) {
       const Buffer<float> y(kThreads);
       expect_none("race_shuffle", said<race_shuffle>({1, kThreads}, y.data(), right));
     }},
    {"race_copy", [](bool right) {
       const Buffer<float> x(kThreads), y(kThreads);
       expect_none("race_copy", said<race_copy>({1, kThreads}, x.data(), y.data(), right));
     }},
    {"race_ldmatrix", [](bool right) {
       const Buffer<uint32_t> y(kThreads);
       expect_none("race_ldmatrix", said<race_ldmatrix>({1, 32}, y.data(), right));
     }},
    {"race_fence", [](bool right) {
       const Buffer<float> y(9), sum(1);
       const Buffer<uint32_t> ticket(1);
       expect_none("race_fence", said<race_fence>({9, kThreads}, y.data(), ticket.data(), sum.data(), right));
     }},
    {"race_cluster", [](bool right) {
       const Buffer<float> y(4 * kThreads);
       simt::configure("capability=90");
       expect_none("race_cluster", said<race_cluster>({4, kThreads, 0, 2}, y.data(), right));
       simt::configure("capability=86");
     }},
};

}  // namespace
}  // namespace anacrusis::cuda

int main(int count, char** words) {
  using namespace anacrusis::cuda;
  const std::string word = count > 1 ? words[1] : "";
  if (word == "list") {
    for (const Race& race : kRaces) std::printf("%s\n", race.name);
    return 0;
  }
  if (!word.empty()) {
    for (const Race& race : kRaces) {
      if (word == race.name) race.run(false);
    }
    return problems > 0 ? 1 : 0;
  }
  for (const char* schedule : {"order=forward resident=1", "order=reverse resident=2", "order=random seed=3 resident=3"}) {
    anacrusis::simt::configure(schedule);
    right();
    for (const Race& race : kRaces) race.run(true);
  }
  anacrusis::simt::configure("order=forward resident=1");
  barriers_and_collectives();
  shared_memory();
  device_memory();
  launches();
  wrong_clusters();
  right();
  std::printf("%d problems\n", problems);
  return problems > 0 ? 1 : 0;
}
