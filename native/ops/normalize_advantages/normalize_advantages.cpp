#include "normalize_advantages.h"

#include "math/normalized_advantage.h"
#include "runtime/isa.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

struct Sample {
  double count, mean, squares;
  int64_t visits;
};

// Only groups that hold a reward are ever written: G may be far larger than n.
Sample sums(const NormalizeAdvantages& a, Sample* groups) {
  Sample batch{};
  for (int64_t i = 0; i < a.n; ++i) groups[a.group_ids[i]] = {};
  for (int64_t i = 0; i < a.n; ++i) {
    Sample& group = groups[a.group_ids[i]];
    group.count += 1.0;
    group.mean += a.rewards[i];
    batch.mean += a.rewards[i];
  }
  batch.count = static_cast<double>(a.n);
  if (a.n > 0) batch.mean /= batch.count;
  return batch;
}

// The sums of rewards become means; then the squares around them.
void deviate(const NormalizeAdvantages& a, Sample* groups, Sample& batch) {
  using Op = NormalizeAdvantages;
  const bool centered = a.std_of.index == Op::kCentered && a.mean.index == Op::kGroup;
  for (int64_t i = 0; i < a.n; ++i) {
    Sample& group = groups[a.group_ids[i]];
    if (group.visits++ == 0) group.mean /= group.count;
  }
  for (int64_t i = 0; i < a.n; ++i) {
    Sample& group = groups[a.group_ids[i]];
    const double in_group = a.rewards[i] - group.mean, in_batch = a.rewards[i] - batch.mean;
    group.squares += in_group * in_group;
    batch.squares += centered ? in_group * in_group : in_batch * in_batch;
    group.visits = 0;
  }
}

void report(const NormalizeAdvantages& a, Sample* groups, const Sample& batch) {
  double without_variance = 0.0, smallest = batch.count;
  for (int64_t i = 0; i < a.n; ++i) {
    Sample& group = groups[a.group_ids[i]];
    if (group.visits++ > 0) continue;
    without_variance += group.squares == 0.0 ? 1.0 : 0.0;
    smallest = group.count < smallest ? group.count : smallest;
  }
  a.stats[0] = without_variance;
  a.stats[1] = batch.mean;
  a.stats[2] = math::deviation(batch.squares, batch.count, static_cast<double>(a.ddof));
  a.stats[3] = smallest;
}

void normalize(const NormalizeAdvantages& a, Sample* groups) {
  using Op = NormalizeAdvantages;
  Sample batch = sums(a, groups);
  deviate(a, groups, batch);
  report(a, groups, batch);
  const auto ddof = static_cast<double>(a.ddof);
  for (int64_t i = 0; i < a.n; ++i) {
    const Sample& group = groups[a.group_ids[i]];
    const double mean = a.mean.index == Op::kNone    ? 0.0
                        : a.mean.index == Op::kBatch ? batch.mean
                                                     : group.mean;
    double advantage = a.rewards[i] - mean;
    if (a.std.index != Op::kNone) {
      const Sample& sample = a.std.index == Op::kBatch ? batch : group;
      const double std = math::deviation(sample.squares, sample.count, ddof);
      advantage = math::normalized_advantage(advantage, std, a.std_floor, a.eps);
    }
    a.advantages[i] = static_cast<float>(advantage);
  }
}

}  // namespace

void run(const NormalizeAdvantages& a) {
  const auto body = [](float* memory, void* op) {
    normalize(*static_cast<const NormalizeAdvantages*>(op), reinterpret_cast<Sample*>(memory));
  };
  const int64_t floats = a.G * static_cast<int64_t>(sizeof(Sample) / sizeof(float));
  with_scratch(floats, body, const_cast<NormalizeAdvantages*>(&a));
}

}  // namespace anacrusis::ANACRUSIS_ISA
