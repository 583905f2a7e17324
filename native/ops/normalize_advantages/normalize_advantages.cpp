#include "normalize_advantages.h"

#include "ops/sequence_sums.h"
#include "runtime/isa.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

using Op = NormalizeAdvantages;

struct Group {
  double count, mean, squares;
};

bool counts(const Op& a, int64_t i) { return !a.mask || a.mask[i] != 0; }

// Sums in the order of the rewards: means of the groups, then squares around them.
void group_sums(const Op& a, Group* groups) {
  for (int64_t g = 0; g < a.G; ++g) groups[g] = {};
  for (int64_t i = 0; i < a.n; ++i) {
    if (!counts(a, i)) continue;
    Group& group = groups[a.group_ids[i]];
    group.count += 1.0;
    group.mean += a.rewards[i];
  }
  for (int64_t g = 0; g < a.G; ++g) groups[g].mean /= groups[g].count > 0.0 ? groups[g].count : 1.0;
  for (int64_t i = 0; i < a.n; ++i) {
    if (!counts(a, i)) continue;
    Group& group = groups[a.group_ids[i]];
    const double deviates = a.rewards[i] - group.mean;
    group.squares += deviates * deviates;
  }
}

// Whether the reward is in the batch's sample.
bool in_batch(const Op& a, const Group* groups, int64_t i) {
  if (!counts(a, i)) return false;
  return !a.drop_equal_groups || groups[a.group_ids[i]].squares != 0.0;
}

Op::Statistics batch_statistics(const Op& a, const Group* groups) {
  Op::Statistics batch{};
  batch.count = ordered_sum(a.n, [&](int64_t i) { return in_batch(a, groups, i) ? 1.0 : 0.0; });
  if (batch.count == 0.0) return batch;
  const double sum = ordered_sum(a.n, [&](int64_t i) {
    return in_batch(a, groups, i) ? static_cast<double>(a.rewards[i]) : 0.0;
  });
  batch.mean = sum / batch.count;
  const double squares = ordered_sum(a.n, [&](int64_t i) {
    if (!in_batch(a, groups, i)) return 0.0;
    const double group_mean = a.group_ids ? groups[a.group_ids[i]].mean : 0.0;
    const double deviates = a.deviates(a.rewards[i], group_mean, batch.mean);
    return deviates * deviates;
  });
  batch.std = math::deviation(squares, batch.count, static_cast<double>(a.ddof));
  return batch;
}

void report(const Op& a, const Group* groups, const Op::Statistics& batch) {
  double equal = 0.0, filled = 0.0, smallest = 0.0;
  for (int64_t g = 0; a.group_ids && g < a.G; ++g) {
    if (groups[g].count == 0.0) continue;
    equal += groups[g].squares == 0.0 ? 1.0 : 0.0;
    smallest = filled == 0.0 || groups[g].count < smallest ? groups[g].count : smallest;
    filled += 1.0;
  }
  const double stats[6] = {equal, batch.mean, batch.std, smallest, filled, batch.count};
  for (int i = 0; i < 6; ++i) a.stats[i] = stats[i];
}

void normalize(const Op& a, Group* groups) {
  if (a.group_ids) group_sums(a, groups);
  const Op::Statistics batch = batch_statistics(a, groups);
  report(a, groups, batch);
  for (int64_t i = 0; i < a.n; ++i) {
    a.advantages[i] = 0.0f;
    if (!in_batch(a, groups, i)) continue;
    Op::Statistics group{};
    if (a.group_ids) {
      const Group& own = groups[a.group_ids[i]];
      const double std = math::deviation(own.squares, own.count, static_cast<double>(a.ddof));
      group = {own.count, own.mean, std};
    }
    a.advantages[i] = static_cast<float>(a.advantage(a.rewards[i], group, batch));
  }
}

}  // namespace

void run(const NormalizeAdvantages& a) {
  const auto body = [](float* memory, void* op) {
    normalize(*static_cast<const Op*>(op), reinterpret_cast<Group*>(memory));
  };
  const int64_t floats = a.G * static_cast<int64_t>(sizeof(Group) / sizeof(float));
  with_scratch(floats, body, const_cast<NormalizeAdvantages*>(&a));
}

}  // namespace anacrusis::ANACRUSIS_ISA
