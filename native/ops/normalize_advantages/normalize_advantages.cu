// Group sums are added with integers (math/exact_sum.h), so that rewards may come in any order and threads meet in any
// order: the bits are the same. Batch sums are one per block of kBlock rewards, added in the order of the blocks.
// One kernel per stage; each is short, and no stage waits for the host.
#include "normalize_advantages.h"

#include "ops/exact_add.cuh"

namespace anacrusis::cuda {
namespace {

using Op = NormalizeAdvantages;
constexpr int kBlock = 256;

struct Group {
  uint64_t limbs[math::kExactLimbs];
  int32_t flags[3], count;
  int32_t largest;  // bits of the largest |reward - mean|
  double mean, squares;
};

struct Work {
  Op a;
  Group* groups;
  double* partials;       // [blocks][2]: count and sum, then squares
  Op::Statistics* batch;  // [1]
  int64_t blocks;
};

// The group of a reward that counts, -1 for none.
DEVICE int64_t group_of(const Op& a, int64_t i) {
  if (a.mask && a.mask[i] == 0) return -1;
  if (!a.group_ids) return 0;
  const int64_t id = a.group_ids[i];
  return id >= 0 && id < a.G ? id : -1;
}

DEVICE bool in_batch(const Work& w, int64_t i) {
  const int64_t id = group_of(w.a, i);
  return id >= 0 && !(w.a.drop_equal_groups && w.groups[id].squares == 0.0);
}

DEVICE int64_t this_thread() { return static_cast<int64_t>(blockIdx.x) * kBlock + threadIdx.x; }

KERNEL add_rewards(Work w) {
  const int64_t i = this_thread();
  const int64_t id = i < w.a.n ? group_of(w.a, i) : -1;
  if (id < 0) return;
  exact_add(w.groups[id].limbs, w.groups[id].flags, w.a.rewards[i]);
  atomic_add(&w.groups[id].count, int32_t{1});
}

// The finished sum of a group; leaves zeros for the next one.
DEVICE double take_sum(Group& group) {
  int32_t words[math::kExactWords];
  const double sum = exact_result(group.limbs, group.flags, words);
  for (int i = 0; i < math::kExactLimbs; ++i) group.limbs[i] = 0;
  for (int i = 0; i < 3; ++i) group.flags[i] = 0;
  return sum;
}

KERNEL take_means(Work w) {
  const int64_t g = this_thread();
  if (g >= w.a.G) return;
  Group& group = w.groups[g];
  const double sum = take_sum(group);
  group.mean = group.count > 0 ? sum / group.count : 0.0;
}

// Bits of positive floats are ordered as the floats are; NaN comes last.
KERNEL find_largest(Work w) {
  const int64_t i = this_thread();
  const int64_t id = i < w.a.n ? group_of(w.a, i) : -1;
  if (id < 0) return;
  math::FloatBits size{static_cast<float>(w.a.rewards[i] - w.groups[id].mean)};
  atomic_max(&w.groups[id].largest, static_cast<int32_t>(size.bits & 0x7fffffffu));
}

// Squares are taken relative to the power of two below the largest deviation: small ones do not vanish, large ones fit.
DEVICE int32_t exponent_of(const Group& group) { return (group.largest >> 23) - 127; }

KERNEL add_squares(Work w) {
  const int64_t i = this_thread();
  const int64_t id = i < w.a.n ? group_of(w.a, i) : -1;
  if (id < 0) return;
  const double deviates = ::ldexp(w.a.rewards[i] - w.groups[id].mean, -exponent_of(w.groups[id]));
  exact_add(w.groups[id].limbs, w.groups[id].flags, deviates * deviates);
}

KERNEL take_squares(Work w) {
  const int64_t g = this_thread();
  if (g >= w.a.G) return;
  Group& group = w.groups[g];
  group.squares = ::ldexp(take_sum(group), 2 * exponent_of(group));
}

KERNEL sum_blocks(Work w) {
  SHARED(double, warps, [kBlock / kWarp]);
  const int64_t i = this_thread();
  const bool counts = i < w.a.n && in_batch(w, i);
  const double count = block_sum(counts ? 1.0 : 0.0, warps);
  const double sum = block_sum(counts ? static_cast<double>(w.a.rewards[i]) : 0.0, warps);
  if (threadIdx.x > 0) return;
  w.partials[2 * blockIdx.x] = count;
  w.partials[2 * blockIdx.x + 1] = sum;
}

KERNEL square_blocks(Work w) {
  SHARED(double, warps, [kBlock / kWarp]);
  const int64_t i = this_thread();
  double square = 0.0;
  if (i < w.a.n && in_batch(w, i)) {
    const double group_mean = w.a.group_ids ? w.groups[group_of(w.a, i)].mean : 0.0;
    const double deviates = w.a.deviates(w.a.rewards[i], group_mean, w.batch->mean);
    square = deviates * deviates;
  }
  square = block_sum(square, warps);
  if (threadIdx.x == 0) w.partials[2 * blockIdx.x] = square;
}

// Sum of column `column` of the partial sums, by one block.
DEVICE double add_partials(const Work& w, int column, double* warps) {
  double sum = 0.0;
  for (int64_t b = threadIdx.x; b < w.blocks; b += kBlock) sum += w.partials[2 * b + column];
  return block_sum(sum, warps);
}

KERNEL take_batch_mean(Work w) {
  SHARED(double, warps, [kBlock / kWarp]);
  const double count = add_partials(w, 0, warps), sum = add_partials(w, 1, warps);
  if (threadIdx.x == 0) *w.batch = {count, count > 0.0 ? sum / count : 0.0, 0.0};
}

// The batch's deviation, and what the groups look like.
KERNEL take_batch_deviation(Work w) {
  SHARED(double, warps, [kBlock / kWarp]);
  const double squares = add_partials(w, 0, warps);
  double equal = 0.0, filled = 0.0, smallest = -INFINITY;  // of the counts' negatives
  for (int64_t g = threadIdx.x; w.a.group_ids && g < w.a.G; g += kBlock) {
    const Group& group = w.groups[g];
    if (group.count == 0) continue;
    equal += group.squares == 0.0 ? 1.0 : 0.0;
    filled += 1.0;
    smallest = -group.count > smallest ? -group.count : smallest;
  }
  equal = block_sum(equal, warps);
  filled = block_sum(filled, warps);
  smallest = block_max(smallest, warps);
  if (threadIdx.x > 0) return;
  w.batch->std = math::deviation(squares, w.batch->count, static_cast<double>(w.a.ddof.value));
  w.a.stats[0] = equal;
  w.a.stats[1] = w.batch->mean;
  w.a.stats[2] = w.batch->std;
  w.a.stats[3] = filled > 0.0 ? -smallest : 0.0;
  w.a.stats[4] = filled;
  w.a.stats[5] = w.batch->count;
}

KERNEL write_advantages(Work w) {
  const int64_t i = this_thread();
  if (i >= w.a.n) return;
  w.a.advantages[i] = 0.0f;
  if (!in_batch(w, i)) return;
  Op::Statistics group{};
  if (w.a.group_ids) {
    const Group& own = w.groups[group_of(w.a, i)];
    const double std = math::deviation(own.squares, own.count, static_cast<double>(w.a.ddof.value));
    group = {static_cast<double>(own.count), own.mean, std};
  }
  w.a.advantages[i] = static_cast<float>(w.a.advantage(w.a.rewards[i], group, *w.batch));
}

LaunchShape threads(int64_t n) { return {static_cast<uint32_t>((n + kBlock - 1) / kBlock), kBlock}; }

}  // namespace

void run(const NormalizeAdvantages& a, const Stream& stream) {
  const int64_t blocks = threads(a.n).grid;
  DeviceScratch<Group> groups(stream, a.group_ids ? a.G : 0);
  DeviceScratch<double> partials(stream, 2 * blocks);
  DeviceScratch<Op::Statistics> batch(stream, 1);
  const Work w{a, groups.data(), partials.data(), batch.data(), blocks};
  if (a.group_ids) {
    groups.fill_zero();
    launch<add_rewards>(stream, threads(a.n), w);
    launch<take_means>(stream, threads(a.G), w);
    launch<find_largest>(stream, threads(a.n), w);
    launch<add_squares>(stream, threads(a.n), w);
    launch<take_squares>(stream, threads(a.G), w);
  }
  launch<sum_blocks>(stream, threads(a.n), w);
  launch<take_batch_mean>(stream, {1, kBlock}, w);
  launch<square_blocks>(stream, threads(a.n), w);
  launch<take_batch_deviation>(stream, {1, kBlock}, w);
  launch<write_advantages>(stream, threads(a.n), w);
}

}  // namespace anacrusis::cuda
