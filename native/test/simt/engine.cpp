#include "engine.h"

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <pthread.h>
#include <string>
#include <ucontext.h>
#include <vector>

#include "fiber.h"
#include "math/float16.h"
#include "memory.h"
#include "sanitizers.h"

namespace anacrusis::cuda {

simt::Index threadIdx, blockIdx, blockDim, gridDim;

}  // namespace anacrusis::cuda

namespace anacrusis::simt {
namespace {

using cuda::blockDim;
using cuda::blockIdx;
using cuda::gridDim;
using cuda::threadIdx;

constexpr uint32_t kWarp = 32, kMaxThreads = 1024, kStaticShared = 48 * 1024, kMostInCluster = 8;
constexpr size_t kArenaBytes = 320 * 1024, kCanaryBytes = 64;
constexpr uint8_t kCanary = 0xCB;

enum class Operation : uint8_t { sync_warp, shuffle, ballot, ldmatrix, mma };

const char* text_of(Operation operation) {
  static const char* const names[] = {"sync_warp", "shuffle", "warp_ballot", "ldmatrix", "mma"};
  return names[static_cast<size_t>(operation)];
}

// What one lane brings to a collective; lies on the lane's stack while it waits.
struct Arrival {
  Operation operation;
  uint8_t variant;  // Shuffle, Product, transposed
  Where where;
  uint32_t mask;
  uint64_t bits;  // shuffle: in and out; ballot: in and out
  int operand;
  const void* row;
  uint32_t* r;
  float* d;
  const uint32_t* a;
  const uint32_t* b;
};

struct Block;

struct Copy {
  void* to;
  const void* from;
  uint32_t bytes;
  bool valid;
  uint32_t group;
};

enum class State : uint8_t { ready, barrier, cluster_barrier, collective, gone };

struct Fiber {
  Stack stack;
  Block* block = nullptr;
  uint32_t thread = 0;
  State state = State::gone;
  Where where;          // of the primitive that it waits in
  uint32_t mask = 0;    // of the collective that it waits in
  uint64_t barriers = 0, cluster_barriers = 0;
  uint32_t groups = 0;  // committed groups of asynchronous copies
  std::vector<Copy> copies;

  Fiber() = default;
  explicit Fiber(void (*body)()) : stack(body) {}
};

struct Rendezvous {
  uint32_t mask = 0;  // 0: free
  uint32_t arrived = 0;
  Arrival* arrival[kWarp] = {};
  uint32_t turns = 0;
  char sync[2] = {};  // for ThreadSanitizer: in turns, so that nobody sees a release of the next meeting
};

struct Warp {
  uint32_t gone = 0;
  Rendezvous rendezvous[8];
};

struct SharedArray {
  const void* site;
  size_t offset;
  size_t bytes;
  const char* name;
};

// Blocks that run together; most launches have clusters of one.
struct Cluster {
  Block* blocks = nullptr;
  uint32_t running = 0, alive = 0;  // blocks, threads
  uint32_t at_barrier = 0;
  const Fiber* barrier_first = nullptr;
  char sync[2] = {};  // for ThreadSanitizer: barriers in turns
};

struct Block {
  Cluster* cluster = nullptr;
  uint32_t number = 0;
  uint32_t alive = 0;
  uint32_t at_barrier = 0;
  Where barrier;               // where the first of them waits
  uint32_t barrier_first = 0;  // which one that is
  char begin = 0, sync[2] = {};  // what its threads synchronise on, for ThreadSanitizer: barriers in turns
  Fiber** fibers = nullptr;  // by thread
  Warp warps[kMaxThreads / kWarp];
  uint8_t* arena = nullptr;
  size_t used = 0;
  std::vector<SharedArray> arrays;
  bool dynamic_used = false;
};

struct Launch {
  const KernelCode* kernel = nullptr;
  LaunchShape shape{};
  void** arguments = nullptr;
  uint64_t next_cluster = 0;  // in the order of start
  uint32_t stride = 1, first = 0;
  uint32_t running = 0;     // blocks
  uint64_t polls = 0;       // since something else happened
};

char launch_end;  // what the threads release and the host acquires, for ThreadSanitizer
Settings chosen;
Launch current_launch;
Fiber host;
Fiber* current = &host;
auto& fibers = *new std::vector<Fiber*>;  // for the life of the process
std::vector<Fiber*> by_thread;
std::vector<Block> blocks;
std::vector<Cluster> clusters;
std::vector<Fiber*> ready;  // ring
size_t ready_head = 0, ready_count = 0;
uint64_t random_state = 1;
char message[2048];
bool failed = false;
uint64_t launch_count = 0;
sigjmp_buf rescue;

uint64_t random_bits() {
  uint64_t z = random_state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

const char* file_of(const Where& where) {
  const char* slash = std::strrchr(where.file_name(), '/');
  return slash ? slash + 1 : where.file_name();
}

struct Place {
  char text[160];
  explicit Place(const Where& where) {
    std::snprintf(text, sizeof text, "%s:%u:%u", file_of(where), where.line(), where.column());
  }
};

bool same(const Where& a, const Where& b) {
  return a.line() == b.line() && a.column() == b.column() && std::strcmp(a.file_name(), b.file_name()) == 0;
}

void append(const char* format, ...) {
  const size_t length = std::strlen(message);
  va_list list;
  va_start(list, format);
  std::vsnprintf(message + length, sizeof message - length, format, list);
  va_end(list);
}

void begin_message() {
  sanitizer_kernel_ends();
  message[0] = 0;
  append("kernel %s: ", current_launch.kernel->name);
  if (current != &host) append("block %u, thread %u: ", current->block->number, current->thread);
}

// Ends the launch: the threads' stacks are abandoned.
[[noreturn]] void abandon() {
  failed = true;
  Fiber* from = current;
  current = &host;
  from->stack.switch_to(host.stack);
  std::abort();  // nobody comes back
}

#define FAIL(...)         \
  do {                    \
    begin_message();      \
    append(__VA_ARGS__);  \
    abandon();            \
  } while (false)

void make_ready(Fiber* fiber) {
  fiber->state = State::ready;
  ready[(ready_head + ready_count++) % ready.size()] = fiber;
}

// In the order of the schedule; random picks when it takes.
template <class Wanted>
void make_all_ready(Block& block, uint32_t first, uint32_t count, const Wanted& wanted) {
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t thread = first + (chosen.order == Order::reverse ? count - 1 - i : i);
    if (wanted(*block.fibers[thread])) make_ready(block.fibers[thread]);
  }
}

Fiber* take_ready() {
  if (chosen.order == Order::random && ready_count > 1) {
    const size_t pick = (ready_head + random_bits() % ready_count) % ready.size();
    std::swap(ready[ready_head], ready[pick]);
  }
  Fiber* fiber = ready[ready_head];
  ready_head = (ready_head + 1) % ready.size();
  --ready_count;
  return fiber;
}

void report_deadlock();

// Lets the next ready thread go on; returns when this one may.
void yield_to_next() {
  Fiber* self = current;
  if (ready_count == 0) {
    report_deadlock();
    abandon();
  }
  Fiber* next = take_ready();
  current = next;
  threadIdx.x = next->thread;
  blockIdx.x = next->block->number;
  if (next != self) self->stack.switch_to(next->stack);
}

// --- deadlock ---------------------------------------------------------------------------------

struct Group {
  const Fiber* first;
  uint32_t count;
};

uint32_t missing_lanes(const Fiber& fiber) {
  const Warp& warp = fiber.block->warps[fiber.thread / kWarp];
  for (const Rendezvous& rendezvous : warp.rendezvous) {
    if (rendezvous.mask == fiber.mask) return rendezvous.mask & ~rendezvous.arrived & ~warp.gone;
  }
  return 0;
}

void report_group(const Group& group) {
  const Fiber& fiber = *group.first;
  const Place place(fiber.where);
  append("%s%u thread%s, first %u of block %u, wait%s ", group.count == 0 ? "" : "; ", group.count,
         group.count == 1 ? "" : "s", fiber.thread, fiber.block->number, group.count == 1 ? "s" : "");
  const Cluster& cluster = *fiber.block->cluster;
  if (fiber.state == State::barrier) {
    append("at the barrier %s (%u of %u arrived)", place.text, fiber.block->at_barrier, fiber.block->alive);
  } else if (fiber.state == State::cluster_barrier) {
    append("at the barrier of the cluster %s (%u of %u arrived)", place.text, cluster.at_barrier, cluster.alive);
  } else {
    append("in a collective of warp %u at %s, mask %08x, missing lanes %08x", fiber.thread / kWarp, place.text,
           fiber.mask, missing_lanes(fiber));
  }
}

void report_deadlock() {
  std::vector<Group> groups;
  for (const Block& block : blocks) {
    for (uint32_t t = 0; block.alive > 0 && t < current_launch.shape.block; ++t) {
      const Fiber* fiber = block.fibers[t];
      if (fiber->state == State::gone) continue;
      bool found = false;
      for (Group& group : groups) {
        const Fiber& first = *group.first;
        if (first.block != fiber->block || first.state != fiber->state || !same(first.where, fiber->where)) continue;
        if (fiber->state == State::collective &&
            (first.mask != fiber->mask || first.thread / kWarp != fiber->thread / kWarp)) {
          continue;
        }
        ++group.count;
        found = true;
        break;
      }
      if (!found) groups.push_back({fiber, 1});
    }
  }
  message[0] = 0;
  append("kernel %s: deadlock: nobody can go on", current_launch.kernel->name);
  for (const Group& group : groups) report_group(group);
}

// --- blocks -----------------------------------------------------------------------------------

uint32_t clusters_of(const LaunchShape& shape) { return shape.grid / shape.cluster; }

uint32_t number_of(uint64_t turn) {
  const uint64_t count = clusters_of(current_launch.shape);
  return static_cast<uint32_t>((current_launch.first + turn * current_launch.stride) % count);
}

void* add_array(Block& block, const void* site, size_t bytes, size_t alignment, size_t phase, const char* name) {
  uint8_t* const arena = block.arena;
  const size_t canary = block.used;
  size_t offset = canary + kCanaryBytes;
  while (offset % alignment != phase) ++offset;
  block.used = offset + bytes;
  if (block.used + kCanaryBytes > kArenaBytes) FAIL("shared memory: no room for %s (%zu bytes)", name, bytes);
  sanitizer_open(arena + canary, block.used + kCanaryBytes - canary);
  std::memset(arena + canary, kCanary, offset - canary);
  std::memset(arena + offset, 0xFF, bytes);
  std::memset(arena + block.used, kCanary, kCanaryBytes);
  sanitizer_close(arena + canary, offset - canary);
  sanitizer_close(arena + block.used, kCanaryBytes);
  block.arrays.push_back({site, offset, bytes, name});
  return arena + offset;
}

void start_block(Block& block, uint32_t number) {
  Launch& launch = current_launch;
  block.number = number;
  block.alive = launch.shape.block;
  block.at_barrier = 0;
  block.used = 0;
  block.arrays.clear();
  for (uint32_t w = 0; w < (launch.shape.block + kWarp - 1) / kWarp; ++w) {
    Warp& warp = block.warps[w];
    for (Rendezvous& rendezvous : warp.rendezvous) rendezvous.mask = 0;
    const uint32_t lanes = launch.shape.block - w * kWarp;
    warp.gone = lanes >= kWarp ? 0 : ~((1u << lanes) - 1);  // a partial warp: the others never were
  }
  sanitizer_block_starts(block.arena, kArenaBytes, host.stack, &block.begin);
  if (launch.shape.shared_bytes > 0) {
    // 16 bytes is what DYNAMIC_SHARED promises, so this is aligned to 16 and no more.
    add_array(block, nullptr, launch.shape.shared_bytes, 128, 16, "dynamic shared memory");
  }
  ++launch.running;
  // ThreadSanitizer takes what one fiber does for one thread, so another one is this block's first thread.
  std::rotate(block.fibers, block.fibers + 1, block.fibers + launch.shape.block);
  for (uint32_t t = 0; t < launch.shape.block; ++t) {
    Fiber& fiber = *block.fibers[t];
    fiber.block = &block;
    fiber.thread = t;
    fiber.barriers = fiber.cluster_barriers = 0;
    fiber.groups = 0;
    fiber.copies.clear();
  }
  make_all_ready(block, 0, launch.shape.block, [](Fiber&) { return true; });
}

void start_cluster(Cluster& cluster) {
  const LaunchShape& shape = current_launch.shape;
  const uint32_t first = number_of(current_launch.next_cluster++) * shape.cluster;
  cluster.running = shape.cluster;
  cluster.alive = shape.cluster * shape.block;
  cluster.at_barrier = 0;
  for (uint32_t i = 0; i < shape.cluster; ++i) {
    const uint32_t rank = chosen.order == Order::reverse ? shape.cluster - 1 - i : i;
    start_block(cluster.blocks[rank], first + rank);
  }
}

void check_arena(Block& block) {
  size_t begin = 0;
  sanitizer_open(block.arena, block.used + kCanaryBytes);
  for (size_t i = 0; i <= block.arrays.size() && !block.arrays.empty(); ++i) {
    const bool last = i == block.arrays.size();
    const size_t end = last ? block.used + kCanaryBytes : block.arrays[i].offset;
    for (size_t at = begin; at < end; ++at) {
      if (block.arena[at] == kCanary) continue;
      message[0] = 0;
      append("kernel %s: block %u: a write outside of shared memory: ", current_launch.kernel->name, block.number);
      if (i > 0) {
        const SharedArray& a = block.arrays[i - 1];
        append("%zu bytes behind the end of %s (%zu bytes)", at - a.offset - a.bytes, a.name, a.bytes);
      }
      if (!last) append("%s%zu bytes before %s", i > 0 ? ", " : "", end - at, block.arrays[i].name);
      abandon();
    }
    if (!last) begin = end + block.arrays[i].bytes;
  }
}

void check_barriers(const Block& block, const Fiber& fiber, const Fiber& other, uint64_t Fiber::*barriers,
                    const char* whole, const char* primitive) {
  if (other.*barriers == fiber.*barriers) return;
  message[0] = 0;
  append("kernel %s: block %u: thread %u passed %llu barriers and thread %u of block %u %llu: all threads of a %s must "
         "reach each %s",
         current_launch.kernel->name, block.number, fiber.thread,
         static_cast<unsigned long long>(fiber.*barriers), other.thread, other.block->number,
         static_cast<unsigned long long>(other.*barriers), whole, primitive);
  abandon();
}

// Others of the cluster may still run; they must not read its shared memory any more.
void spoil_arena(Block& block) {
  for (const SharedArray& array : block.arrays) {
    std::memset(block.arena + array.offset, 0xFF, array.bytes);
    sanitizer_close(block.arena + array.offset, array.bytes);
  }
}

void finish_block(Block& block) {
  check_arena(block);
  Cluster& cluster = *block.cluster;
  const Fiber& first = *block.fibers[0];
  for (uint32_t t = 1; t < current_launch.shape.block; ++t) {
    check_barriers(block, first, *block.fibers[t], &Fiber::barriers, "block", "sync_threads");
    check_barriers(block, first, *block.fibers[t], &Fiber::cluster_barriers, "cluster", "cluster_sync");
  }
  --current_launch.running;
  if (--cluster.running > 0) return spoil_arena(block);
  for (uint32_t i = 0; i < current_launch.shape.cluster; ++i) {
    check_barriers(block, first, *cluster.blocks[i].fibers[0], &Fiber::cluster_barriers, "cluster", "cluster_sync");
  }
  if (current_launch.next_cluster < clusters_of(current_launch.shape)) start_cluster(cluster);
}

// --- barriers and collectives -----------------------------------------------------------------

void release_barrier(Block& block) {
  current_launch.polls = 0;
  block.at_barrier = 0;
  make_all_ready(block, 0, current_launch.shape.block, [](Fiber& f) { return f.state == State::barrier; });
}

void release_cluster(Cluster& cluster) {
  current_launch.polls = 0;
  cluster.at_barrier = 0;
  const auto waits = [](Fiber& f) { return f.state == State::cluster_barrier; };
  for (uint32_t i = 0; i < current_launch.shape.cluster; ++i) {
    make_all_ready(cluster.blocks[i], 0, current_launch.shape.block, waits);
  }
}

uint32_t operand_lane(Shuffle kind, uint32_t lane, int operand) {
  const int64_t own = lane, offset = operand;
  switch (kind) {
    case Shuffle::index: return static_cast<uint32_t>(operand) & 31;
    case Shuffle::up: return own - offset < 0 ? lane : static_cast<uint32_t>(own - offset);
    case Shuffle::down: return own + offset > 31 ? lane : static_cast<uint32_t>(own + offset);
    default: return (lane ^ static_cast<uint32_t>(operand)) & 31;
  }
}

void execute_shuffle(Rendezvous& meeting) {
  uint64_t result[kWarp];
  for (uint32_t lane = 0; lane < kWarp; ++lane) {
    if (!(meeting.arrived >> lane & 1)) continue;
    const Arrival& arrival = *meeting.arrival[lane];
    const uint32_t from = operand_lane(static_cast<Shuffle>(arrival.variant), lane, arrival.operand);
    if (!(meeting.arrived >> from & 1)) {
      FAIL("%s: lane %u reads lane %u, which is not there (mask %08x, present %08x)", Place(arrival.where).text,
           lane, from, meeting.mask, meeting.arrived);
    }
    result[lane] = meeting.arrival[from]->bits;
  }
  for (uint32_t lane = 0; lane < kWarp; ++lane) {
    if (meeting.arrived >> lane & 1) meeting.arrival[lane]->bits = result[lane];
  }
}

void execute_ballot(Rendezvous& meeting) {
  uint32_t votes = 0;
  for (uint32_t lane = 0; lane < kWarp; ++lane) {
    if (meeting.arrived >> lane & 1 && meeting.arrival[lane]->bits) votes |= 1u << lane;
  }
  for (uint32_t lane = 0; lane < kWarp; ++lane) {
    if (meeting.arrived >> lane & 1) meeting.arrival[lane]->bits = votes;
  }
}

uint16_t element(const void* row, uint32_t i) {
  uint16_t value;
  std::memcpy(&value, static_cast<const char*>(row) + 2 * i, sizeof value);
  return value;
}

// PTX: "Matrix fragment for ldmatrix": lane l holds elements 2 (l % 4) and + 1 of row l / 4.
void execute_ldmatrix(Rendezvous& meeting) {
  for (uint32_t lane = 0; lane < kWarp; ++lane) {
    const Arrival& arrival = *meeting.arrival[lane];
    const uint32_t i = lane / 4, j = lane % 4 * 2;
    for (uint32_t tile = 0; tile < 4; ++tile) {
      const auto row = [&](uint32_t r) { return meeting.arrival[tile * 8 + r]->row; };
      const uint32_t low = arrival.variant ? element(row(j), i) : element(row(i), j);
      const uint32_t high = arrival.variant ? element(row(j + 1), i) : element(row(i), j + 1);
      arrival.r[tile] = low | high << 16;
    }
  }
}

float widened(Product kind, uint32_t bits) {
  if (kind == Product::bf16) return math::to_float(Bf16{static_cast<uint16_t>(bits)});
  if (kind == Product::f16) return math::to_float(F16{static_cast<uint16_t>(bits)});
  bits &= 0xffffe000u;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// PTX: "Matrix Fragments for mma.m16n8k16 with floating point type" and "... for mma.m16n8k8".
void execute_mma(Rendezvous& meeting) {
  const auto kind = static_cast<Product>(meeting.arrival[0]->variant);
  const bool wide = kind == Product::tf32;
  const uint32_t k = wide ? 8 : 16;
  float a[16][16], b[16][8];
  for (uint32_t lane = 0; lane < kWarp; ++lane) {
    const Arrival& arrival = *meeting.arrival[lane];
    const uint32_t g = lane / 4, t = lane % 4;
    for (uint32_t r = 0; r < 4; ++r) {
      const uint32_t row = g + r % 2 * 8;
      if (wide) {
        a[row][t + r / 2 * 4] = widened(kind, arrival.a[r]);
      } else {
        a[row][2 * t + r / 2 * 8] = widened(kind, arrival.a[r] & 0xffff);
        a[row][2 * t + r / 2 * 8 + 1] = widened(kind, arrival.a[r] >> 16);
      }
    }
    for (uint32_t r = 0; r < 2; ++r) {
      if (wide) {
        b[t + r * 4][g] = widened(kind, arrival.b[r]);
      } else {
        b[2 * t + r * 8][g] = widened(kind, arrival.b[r] & 0xffff);
        b[2 * t + r * 8 + 1][g] = widened(kind, arrival.b[r] >> 16);
      }
    }
  }
  for (uint32_t lane = 0; lane < kWarp; ++lane) {
    float* const d = meeting.arrival[lane]->d;
    for (uint32_t r = 0; r < 4; ++r) {
      const uint32_t row = lane / 4 + r / 2 * 8, column = lane % 4 * 2 + r % 2;
      float sum = d[r];
      for (uint32_t i = 0; i < k; ++i) sum += a[row][i] * b[i][column];
      d[r] = sum;
    }
  }
}

void complete(Block& block, uint32_t warp, Rendezvous& meeting) {
  current_launch.polls = 0;
  uint32_t first = 0;
  while (!(meeting.arrived >> first & 1)) ++first;
  const Arrival& some = *meeting.arrival[first];
  const Operation operation = some.operation;
  if ((operation == Operation::ldmatrix || operation == Operation::mma) && meeting.arrived != 0xffffffffu) {
    FAIL("%s at %s needs all 32 lanes, %08x are there", text_of(operation), Place(some.where).text, meeting.arrived);
  }
  switch (operation) {
    case Operation::sync_warp: break;
    case Operation::shuffle: execute_shuffle(meeting); break;
    case Operation::ballot: execute_ballot(meeting); break;
    case Operation::ldmatrix: execute_ldmatrix(meeting); break;
    case Operation::mma: execute_mma(meeting); break;
  }
  const uint32_t arrived = meeting.arrived;
  meeting.mask = 0;
  ++meeting.turns;
  make_all_ready(block, warp * kWarp, std::min(kWarp, current_launch.shape.block - warp * kWarp),
                 [&](Fiber& f) { return arrived >> f.thread % kWarp & 1; });
}

// Waits until all lanes of the mask that are still alive have come; the last one does the work.
void collective(Arrival& arrival) {
  Fiber& self = *current;
  const uint32_t lane = self.thread % kWarp, bit = 1u << lane, w = self.thread / kWarp;
  Warp& warp = self.block->warps[w];
  const Place place(arrival.where);
  if (!(arrival.mask & bit)) {
    FAIL("%s at %s: lane %u is not in its own mask %08x", text_of(arrival.operation), place.text, lane, arrival.mask);
  }
  Rendezvous* meeting = nullptr;
  Rendezvous* vacant = nullptr;
  for (Rendezvous& r : warp.rendezvous) {
    if (r.mask == 0) {
      if (!vacant) vacant = &r;
    } else if (r.mask == arrival.mask) {
      meeting = &r;
    } else if (r.mask & arrival.mask) {
      FAIL("%s at %s: mask %08x overlaps the mask %08x that other lanes wait with", text_of(arrival.operation),
           place.text, arrival.mask, r.mask);
    }
  }
  if (meeting) {
    uint32_t other = 0;
    while (!(meeting->arrived >> other & 1)) ++other;
    const Arrival& first = *meeting->arrival[other];
    if (first.operation != arrival.operation || first.variant != arrival.variant || !same(first.where, arrival.where)) {
      FAIL("%s at %s meets lane %u's %s at %s: the lanes of mask %08x must come to the same one",
           text_of(arrival.operation), place.text, other, text_of(first.operation), Place(first.where).text,
           arrival.mask);
    }
  } else {
    if (!vacant) FAIL("%s at %s: more than 8 groups of one warp wait", text_of(arrival.operation), place.text);
    meeting = vacant;
    meeting->mask = arrival.mask;
    meeting->arrived = 0;
  }
  char* const sync = &meeting->sync[meeting->turns % 2];
  if (arrival.operation == Operation::sync_warp) sanitizer_release(sync);
  meeting->arrived |= bit;
  meeting->arrival[lane] = &arrival;
  self.state = State::collective;
  self.where = arrival.where;
  self.mask = arrival.mask;
  if ((meeting->arrived | warp.gone) == (meeting->mask | warp.gone)) complete(*self.block, w, *meeting);
  yield_to_next();
  if (arrival.operation == Operation::sync_warp) sanitizer_acquire(sync);
}

void finish_thread() {
  Fiber& self = *current;
  Block& block = *self.block;
  if (!self.copies.empty()) FAIL("leaves with asynchronous copies that it never waited for");
  self.state = State::gone;
  current_launch.polls = 0;
  sanitizer_release(&launch_end);
  --block.alive;
  Cluster& cluster = *block.cluster;
  if (--cluster.alive > 0 && cluster.at_barrier == cluster.alive) release_cluster(cluster);
  const uint32_t w = self.thread / kWarp;
  Warp& warp = block.warps[w];
  warp.gone |= 1u << self.thread % kWarp;
  for (Rendezvous& r : warp.rendezvous) {
    if (r.mask && (r.arrived | warp.gone) == (r.mask | warp.gone)) complete(block, w, r);
  }
  if (block.alive == 0) finish_block(block);
  else if (block.at_barrier == block.alive) release_barrier(block);
  if (current_launch.running > 0) return yield_to_next();
  current = &host;
  self.stack.switch_to(host.stack);
}

void thread_body() {
  sanitizer_kernel_ends();
  for (;;) {
    sanitizer_acquire(&current->block->begin);
    sanitizer_kernel_begins();
    current_launch.kernel->thread(current_launch.arguments);
    sanitizer_kernel_ends();
    finish_thread();
  }
}

// --- signals ----------------------------------------------------------------------------------

pthread_t launching_thread;
struct sigaction previous[32];
constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};

void on_signal(int number, siginfo_t* info, void* context) {
  if (!pthread_equal(pthread_self(), launching_thread) || current == &host) {
    sigaction(number, &previous[number], nullptr);
    raise(number);
    return;
  }
  begin_message();
  if (number == SIGALRM) {
    append("still running after %u s", chosen.seconds);
  } else if (number == SIGSEGV || number == SIGBUS) {
    const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
    const char* kind = "access";
#if defined(__x86_64__)
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    kind = registers[REG_ERR] & 2 ? "write" : "read";
    if (registers[REG_TRAPNO] == 13) {
      append("an access of 16 bytes that is not aligned to them, or a wild address");
      siglongjmp(rescue, 1);
    }
#else
    (void)context;
#endif
    if (current->stack.overflowed(address)) {
      append("the thread's stack of %zu KB is full", kStackBytes / 1024);
    } else {
      char text[200];
      describe_address(address, text, sizeof text);
      append("illegal %s %s", kind, text);
    }
  } else {
    append(number == SIGFPE ? "integer division by zero, or overflow in one" : "illegal instruction");
  }
  siglongjmp(rescue, 1);
}

// For the time of one launch: faults and the alarm end the kernel, not the process.
class Guarded {
 public:
  Guarded() {
    launching_thread = pthread_self();
    static auto* const memory = new char[64 * 1024];
    stack_t own{};
    own.ss_sp = memory;
    own.ss_size = 64 * 1024;
    sigaltstack(&own, &old_stack_);
    struct sigaction action{};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (const int number : kSignals) {
      if (kSanitizedBuild && number != SIGALRM) continue;
      sigaction(number, &action, &previous[number]);
    }
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGALRM;
    event._sigev_un._tid = gettid();
    armed_ = chosen.seconds > 0 && timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) == 0;
    itimerspec when{};
    when.it_value.tv_sec = chosen.seconds;
    if (armed_) timer_settime(timer_, 0, &when, nullptr);
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() {
    if (armed_) timer_delete(timer_);
    for (const int number : kSignals) {
      if (!kSanitizedBuild || number == SIGALRM) sigaction(number, &previous[number], nullptr);
    }
    sigaltstack(&old_stack_, nullptr);
  }

 private:
  stack_t old_stack_{};
  timer_t timer_{};
  bool armed_ = false;
};

// --- launch -----------------------------------------------------------------------------------

bool refuse(const KernelCode& kernel, const char* format, ...) {
  message[0] = 0;
  append("launch of kernel %s: ", kernel.name);
  va_list list;
  va_start(list, format);
  const size_t length = std::strlen(message);
  std::vsnprintf(message + length, sizeof message - length, format, list);
  va_end(list);
  return false;
}

bool legal(const KernelCode& kernel, LaunchShape shape) {
  const uint32_t most = kernel.max_threads ? kernel.max_threads : kMaxThreads;
  if (shape.grid == 0 || shape.grid > 0x7fffffffu) return refuse(kernel, "grid of %u blocks", shape.grid);
  if (shape.block == 0 || shape.block > most) {
    return refuse(kernel, "%u threads in a block, at most %u are allowed", shape.block, most);
  }
  if (shape.cluster == 0 || shape.cluster > kMostInCluster || shape.grid % shape.cluster != 0) {
    return refuse(kernel, "clusters of %u blocks: at most %u are portable, and they divide the grid of %u",
                  shape.cluster, kMostInCluster, shape.grid);
  }
  if (shape.cluster > 1 && chosen.capability < 90) {
    return refuse(kernel, "clusters need compute capability 9.0, the device has %u.%u", chosen.capability / 10,
                  chosen.capability % 10);
  }
  if (shape.shared_bytes > chosen.shared_bytes) {
    return refuse(kernel, "%u bytes of dynamic shared memory, the device has %u", shape.shared_bytes,
                  chosen.shared_bytes);
  }
  return true;
}

void make_room(uint32_t resident, uint32_t threads) {
  while (fibers.size() < size_t{resident} * threads) fibers.push_back(new Fiber(thread_body));
  while (blocks.size() < resident) {
    Block& block = blocks.emplace_back();
    block.arena = sanitizer_arena(kArenaBytes);
  }
  by_thread.resize(size_t{resident} * threads);
  // Which fiber plays which thread changes from launch to launch.
  const size_t turn = random_bits() % by_thread.size();
  for (size_t i = 0; i < by_thread.size(); ++i) by_thread[i] = fibers[(i + turn) % by_thread.size()];
  const uint32_t together = current_launch.shape.cluster;
  clusters.assign(resident / together, {});
  for (uint32_t b = 0; b < resident; ++b) {
    blocks[b].fibers = by_thread.data() + size_t{b} * threads;
    blocks[b].cluster = &clusters[b / together];
    if (b % together == 0) blocks[b].cluster->blocks = &blocks[b];
  }
  ready.resize(size_t{resident} * threads + 1);
}

uint64_t common_divisor(uint64_t a, uint64_t b) { return b == 0 ? a : common_divisor(b, a % b); }

void choose_block_order(Launch& launch) {
  const uint32_t count = clusters_of(launch.shape);
  if (chosen.order == Order::forward) {
    launch.first = 0;
    launch.stride = 1;
  } else if (chosen.order == Order::reverse) {
    launch.first = count - 1;
    launch.stride = count - 1;  // one step back, modulo the count
  } else {
    launch.first = static_cast<uint32_t>(random_bits() % count);
    do {
      launch.stride = static_cast<uint32_t>(random_bits() % count) | 1;
    } while (common_divisor(launch.stride, count) != 1);
  }
}

void run_all() {
  Launch& launch = current_launch;
  const uint32_t resident = std::min(std::max(1u, chosen.resident), clusters_of(launch.shape));
  make_room(resident * launch.shape.cluster, launch.shape.block);
  choose_block_order(launch);
  ready_head = ready_count = 0;
  blockDim.x = launch.shape.block;
  gridDim.x = launch.shape.grid;
  host.stack.announce_host();
  const Guarded guarded;
  if (sigsetjmp(rescue, 0) == 0) {
    for (uint32_t i = 0; i < resident; ++i) start_cluster(clusters[i]);
    Fiber* next = take_ready();
    current = next;
    threadIdx.x = next->thread;
    blockIdx.x = next->block->number;
    host.stack.switch_to(next->stack);
  } else {
    failed = true;
    current = &host;
  }
  if (failed) {
    for (Fiber* fiber : by_thread) {
      sanitizer_release_as(fiber->stack, &launch_end);
      fiber->stack.reset();
    }
  }
}

}  // namespace

Settings& settings() { return chosen; }
const char* error() { return message; }
uint64_t launches() { return launch_count; }

bool configure(const char* words) {
  std::string text(words);
  for (char& c : text) c = c == ',' ? ' ' : c;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    const size_t equals = word.find('=');
    if (equals == std::string::npos) return false;
    const std::string name = word.substr(0, equals), value = word.substr(equals + 1);
    const uint64_t number = std::strtoull(value.c_str(), nullptr, 10);
    if (name == "order") {
      if (value != "forward" && value != "reverse" && value != "random") return false;
      chosen.order = value == "forward" ? Order::forward : value == "reverse" ? Order::reverse : Order::random;
    } else if (name == "seed") {
      random_state = chosen.seed = number;
    } else if (name == "resident") {
      chosen.resident = static_cast<uint32_t>(number);
    } else if (name == "capability") {
      chosen.capability = static_cast<uint32_t>(number);
    } else if (name == "multiprocessors") {
      chosen.multiprocessors = static_cast<uint32_t>(number);
    } else if (name == "shared_bytes") {
      chosen.shared_bytes = static_cast<uint32_t>(number);
    } else if (name == "seconds") {
      chosen.seconds = static_cast<uint32_t>(number);
    } else if (name == "memory_gib") {
      chosen.memory_gib = static_cast<uint32_t>(number);
    } else if (name == "flush") {
      chosen.flush_left = value == "left";
    } else {
      return false;
    }
  }
  return true;
}

bool launch(const KernelCode& kernel, LaunchShape shape, void** arguments) {
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  ++launch_count;
  if (!legal(kernel, shape)) return false;
  failed = false;
  message[0] = 0;
  current_launch = {};
  current_launch.kernel = &kernel;
  current_launch.shape = shape;
  current_launch.arguments = arguments;
  sanitizer_kernel_ends();
  run_all();
  sanitizer_kernel_begins();
  sanitizer_acquire(&launch_end);
  if (failed) return false;
  const std::string damage = find_damage();
  if (!damage.empty()) return refuse(kernel, "%s", damage.c_str());
  return true;
}

void sync_threads(Where where) {
  Fiber& self = *current;
  Block& block = *self.block;
  sanitizer_kernel_ends();
  char* const sync = &block.sync[++self.barriers % 2];
  sanitizer_release(sync);
  if (block.at_barrier == 0) {
    block.barrier = where;
    block.barrier_first = self.thread;
  } else if (!same(block.barrier, where)) {
    FAIL("diverged barrier: sync_threads at %s, but thread %u waits at the one at %s", Place(where).text,
         block.barrier_first, Place(block.barrier).text);
  }
  self.state = State::barrier;
  self.where = where;
  if (++block.at_barrier == block.alive) release_barrier(block);
  yield_to_next();
  sanitizer_acquire(sync);
  sanitizer_kernel_begins();
}

void cluster_sync(Where where) {
  Fiber& self = *current;
  Cluster& cluster = *self.block->cluster;
  sanitizer_kernel_ends();
  char* const sync = &cluster.sync[++self.cluster_barriers % 2];
  sanitizer_release(sync);
  if (cluster.at_barrier == 0) {
    cluster.barrier_first = &self;
  } else if (!same(cluster.barrier_first->where, where)) {
    const Fiber& first = *cluster.barrier_first;
    FAIL("diverged barrier: cluster_sync at %s, but thread %u of block %u waits at the one at %s", Place(where).text,
         first.thread, first.block->number, Place(first.where).text);
  }
  self.state = State::cluster_barrier;
  self.where = where;
  if (++cluster.at_barrier == cluster.alive) release_cluster(cluster);
  yield_to_next();
  sanitizer_acquire(sync);
  sanitizer_kernel_begins();
}

uint32_t cluster_rank() { return current->block->number % current_launch.shape.cluster; }

const void* cluster_shared(const void* shared, uint32_t rank, Where where) {
  if (rank >= current_launch.shape.cluster) {
    FAIL("cluster_shared at %s: rank %u of a cluster of %u", Place(where).text, rank, current_launch.shape.cluster);
  }
  const Block& own = *current->block;
  const Block& other = own.cluster->blocks[rank];
  const auto* byte = static_cast<const uint8_t*>(shared);
  for (const SharedArray& array : own.arrays) {
    const uint8_t* begin = own.arena + array.offset;
    if (byte < begin || byte > begin + array.bytes) continue;
    for (const SharedArray& there : other.arrays) {
      if (other.alive > 0 && there.site == array.site) return other.arena + there.offset + (byte - begin);
    }
    FAIL("cluster_shared at %s: block %u %s", Place(where).text, other.number,
         other.alive > 0 ? "has not come to this array: a cluster_sync goes before" : "has left");
  }
  FAIL("cluster_shared at %s: the address is not in shared memory of this block", Place(where).text);
}

void sync_warp(uint32_t mask, Where where) {
  sanitizer_kernel_ends();
  Arrival arrival{};
  arrival.operation = Operation::sync_warp;
  arrival.where = where;
  arrival.mask = mask;
  collective(arrival);
  sanitizer_kernel_begins();
}

uint64_t shuffle(Shuffle kind, uint64_t bits, int operand, uint32_t mask, Where where) {
  sanitizer_kernel_ends();
  Arrival arrival{};
  arrival.operation = Operation::shuffle;
  arrival.variant = static_cast<uint8_t>(kind);
  arrival.where = where;
  arrival.mask = mask;
  arrival.bits = bits;
  arrival.operand = operand;
  collective(arrival);
  sanitizer_kernel_begins();
  return arrival.bits;
}

uint32_t ballot(bool predicate, uint32_t mask, Where where) {
  sanitizer_kernel_ends();
  Arrival arrival{};
  arrival.operation = Operation::ballot;
  arrival.where = where;
  arrival.mask = mask;
  arrival.bits = predicate;
  collective(arrival);
  sanitizer_kernel_begins();
  return static_cast<uint32_t>(arrival.bits);
}

namespace {

// The shared array that holds [at, at + bytes), or the end of the launch.
void must_be_shared(const void* at, size_t bytes, const char* what, const Where& where) {
  const Block& block = *current->block;
  const auto* byte = static_cast<const uint8_t*>(at);
  for (const SharedArray& array : block.arrays) {
    const uint8_t* begin = block.arena + array.offset;
    if (byte >= begin && byte + bytes <= begin + array.bytes) return;
  }
  FAIL("%s at %s: the address is not in shared memory of this block, or beyond the end of an array", what,
       Place(where).text);
}

bool aligned(const void* at, size_t bytes) { return reinterpret_cast<uintptr_t>(at) % bytes == 0; }

}  // namespace

void ldmatrix(uint32_t* r, const void* row, bool transposed, Where where) {
  if (!aligned(row, 16)) FAIL("ldmatrix at %s: the row is not aligned to 16 bytes", Place(where).text);
  must_be_shared(row, 16, "ldmatrix", where);
  sanitizer_reads(row, 16);
  sanitizer_kernel_ends();
  Arrival arrival{};
  arrival.operation = Operation::ldmatrix;
  arrival.variant = transposed;
  arrival.where = where;
  arrival.mask = 0xffffffffu;
  arrival.row = row;
  arrival.r = r;
  collective(arrival);
  sanitizer_kernel_begins();
}

void mma(Product kind, float* d, const uint32_t* a, const uint32_t* b, Where where) {
  sanitizer_kernel_ends();
  Arrival arrival{};
  arrival.operation = Operation::mma;
  arrival.variant = static_cast<uint8_t>(kind);
  arrival.where = where;
  arrival.mask = 0xffffffffu;
  arrival.d = d;
  arrival.a = a;
  arrival.b = b;
  collective(arrival);
  sanitizer_kernel_begins();
}

void copy_async(void* shared, const void* global, uint32_t bytes, bool valid, Where where) {
  if (!aligned(shared, bytes) || (valid && !aligned(global, bytes))) {
    FAIL("copy_async at %s: not aligned to its %u bytes", Place(where).text, bytes);
  }
  must_be_shared(shared, bytes, "copy_async", where);
  sanitizer_writes(shared, bytes);
  sanitizer_kernel_ends();
  std::memset(shared, 0xFF, bytes);
  current->copies.push_back({shared, global, bytes, valid, current->groups});
  sanitizer_kernel_begins();
}

void copy_async_commit() { ++current->groups; }

void copy_async_wait(uint32_t open) {
  Fiber& self = *current;
  const auto done = [&](const Copy& copy) { return copy.group + open < self.groups; };
  sanitizer_kernel_ends();
  size_t kept = 0;
  for (const Copy& copy : self.copies) {
    if (!done(copy)) {
      self.copies[kept++] = copy;
      continue;
    }
    if (copy.valid) {
      sanitizer_kernel_begins();
      sanitizer_reads(copy.from, copy.bytes);
      sanitizer_writes(copy.to, copy.bytes);
      sanitizer_kernel_ends();
      std::memcpy(copy.to, copy.from, copy.bytes);
    } else {
      std::memset(copy.to, 0, copy.bytes);
    }
  }
  self.copies.resize(kept);
  sanitizer_kernel_begins();
}

void* shared_array(const void* site, size_t bytes, size_t alignment, const char* name) {
  Block& block = *current->block;
  for (const SharedArray& array : block.arrays) {
    if (array.site == site) return block.arena + array.offset;
  }
  size_t total = bytes;
  for (const SharedArray& array : block.arrays) total += array.site ? array.bytes : 0;
  if (total > kStaticShared) FAIL("%zu bytes of static shared memory, %u are allowed", total, kStaticShared);
  sanitizer_kernel_ends();
  void* const data = add_array(block, site, bytes, alignment, 0, name);
  sanitizer_kernel_begins();
  return data;
}

void* dynamic_shared(Where where) {
  const Block& block = *current->block;
  if (block.arrays.empty() || block.arrays[0].site) {
    FAIL("DYNAMIC_SHARED at %s, but the launch gives no shared_bytes", Place(where).text);
  }
  return block.arena + block.arrays[0].offset;
}

uint8_t* shared_arena() { return current->block->arena; }

void before_atomic(const void* at, size_t bytes, Where where) {
  if (!aligned(at, bytes)) FAIL("atomic access at %s: not aligned to its %zu bytes", Place(where).text, bytes);
  current_launch.polls = 0;
  if (chosen.order != Order::random || random_bits() % 4 != 0) return;
  sanitizer_kernel_ends();
  make_ready(current);
  yield_to_next();
  sanitizer_kernel_begins();
}

void before_poll() {
  if (++current_launch.polls > 1000 + 100 * ready_count) {
    sanitizer_kernel_ends();
    message[0] = 0;
    append("kernel %s: stall: the %u resident block(s) only poll, first seen block %u, thread %u; blocks that wait "
           "for others must draw their numbers from an atomic ticket",
           current_launch.kernel->name, current_launch.running, current->block->number, current->thread);
    abandon();
  }
  sanitizer_kernel_ends();
  make_ready(current);
  yield_to_next();
  sanitizer_kernel_begins();
}

void fence() {
  sanitizer_release(&current_launch);
  sanitizer_acquire(&current_launch);
}

}  // namespace anacrusis::simt
