#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "math/normalized_advantage.h"
#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// Advantages from rewards by mean and deviation of the batch or the group
// (math/normalized_advantage.h).
struct NormalizeAdvantages {
  Dim n, G;
  View<const float> rewards;
  View<const int32_t> group_ids;
  View<const uint8_t> mask;
  Choice mean, std, std_of;
  bool leave_one_out, drop_equal_groups;
  Integer ddof;
  double eps, std_floor;
  View<float> advantages;
  View<double> stats;

  enum Scope : int32_t { kNone = 0, kBatch = 1, kGroup = 2 };
  enum StdOf : int32_t { kRaw = 0, kCentered = 1 };

  static constexpr const char* name = "normalize_advantages";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Rewards less a mean, over max(deviation, std_floor) + eps (2508.08221, section 4.1). Where the deviation is 0 "
      "the advantage is exactly 0.";

  static std::span<const Field> fields() {
    using Op = NormalizeAdvantages;
    static constexpr Field list[] = {
        FIELD(Op, n).about("rewards"),
        FIELD(Op, G).about("groups, at most n; some may be empty"),
        FIELD(Op, rewards).dims("n").about("one per response, or any sample that is to be normalised"),
        FIELD(Op, group_ids).dims("n").values("0", "G-1").optional().about(
            "group of each reward, in any order; needed where mean, std or drop_equal_groups ask for groups"),
        FIELD(Op, mask).dims("n").values("0", "1").optional().about(
            "0: the reward is in no mean and no deviation, and its advantage is 0"),
        FIELD(Op, mean).one_of("none|batch|group").about("which mean is taken off"),
        FIELD(Op, std).one_of("none|batch|group").about("by which deviation is divided"),
        FIELD(Op, std_of).one_of("raw|centered").about(
            "what the batch deviation is of: rewards, or rewards less their group's mean where that is the mean "
            "taken off"),
        FIELD(Op, leave_one_out).about("the mean is that of the other rewards"),
        FIELD(Op, drop_equal_groups)
            .about("groups whose rewards are all equal are not in the batch's mean and deviation, and get 0"),
        FIELD(Op, ddof).range(0, 1).about("the sum of squares is divided by the count less this"),
        FIELD(Op, eps).at_least(0).about("added to the deviation"),
        FIELD(Op, std_floor).at_least(0).about("smallest deviation used"),
        FIELD(Op, advantages).dims("n").about("normalised rewards"),
        FIELD(Op, stats).dims("6").about(
            "groups whose rewards are all equal (one reward included), batch mean, batch deviation (0 for n <= "
            "ddof), size of the smallest group that is not empty, groups that are not empty, rewards in the "
            "batch's sample"),
    };
    return list;
  }

  bool grouped() const { return mean.index == kGroup || std.index == kGroup || drop_equal_groups; }

  // Of reward r in a group with that mean, against a batch with that mean.
  struct Statistics {
    double count, mean, std;
  };
  FORMULA_METHOD double advantage(double reward, const Statistics& group, const Statistics& batch) const {
    const bool of_group = mean.index == kGroup;
    const Statistics& base = of_group ? group : batch;
    double centered = reward - (mean.index == kNone ? 0.0 : base.mean);
    if (leave_one_out && mean.index != kNone) centered = math::leave_one_out(centered, base.count);
    if (std.index == kNone) return centered;
    const double deviation = std.index == kBatch ? batch.std : group.std;
    return math::normalized_advantage(centered, deviation, std_floor, eps);
  }
  // What enters the batch's sum of squares.
  FORMULA_METHOD double deviates(double reward, double group_mean, double batch_mean) const {
    const bool centered = std_of.index == kCentered && mean.index == kGroup;
    return reward - (centered ? group_mean : batch_mean);
  }

  static std::optional<Failure> check(const NormalizeAdvantages& a) {
    if (a.G > a.n) {
      return Failure{"ERR_RANGE", "G", "at most n = " + std::to_string(a.n) + ", groups numbered without large gaps",
                     std::to_string(a.G)};
    }
    if (a.n > 0 && a.grouped() && !a.group_ids) {
      return Failure{"ERR_MISSING", "group_ids", "an array, since there is something to do by groups", "nothing"};
    }
    if (a.leave_one_out && a.mean.index == kNone) {
      return Failure{"ERR_RANGE", "leave_one_out", "false, or a mean that can be taken without one reward", "true"};
    }
    return std::nullopt;
  }

  // On a device nothing is refused: a reward alone in its group has advantage 0 there, and one whose
  // group is out of range too.
  static std::optional<Failure> check_values(const NormalizeAdvantages& a) {
    std::vector<int32_t> ids;
    int64_t counted = 0;
    for (int64_t i = 0; i < a.n; ++i) {
      if (a.mask && a.mask[i] == 0) continue;
      ++counted;
      if (a.group_ids) ids.push_back(a.group_ids[i]);
    }
    if (a.std.index == kBatch && a.ddof == 1 && counted == 1) {
      return Failure{"ERR_SHAPE", "rewards", "at least 2 rewards for a deviation with ddof 1", "1"};
    }
    const bool group_mean = a.mean.index == kGroup;
    if (!group_mean && !(a.std.index == kGroup && a.ddof == 1)) return std::nullopt;
    std::sort(ids.begin(), ids.end());
    for (size_t i = 0; i < ids.size(); ++i) {
      const bool before = i > 0 && ids[i - 1] == ids[i];
      const bool after = i + 1 < ids.size() && ids[i + 1] == ids[i];
      if (before || after) continue;
      return Failure{"ERR_RANGE", "group_ids",
                     std::string("at least 2 rewards in every group, since ") +
                         (group_mean ? "the group's mean leaves nothing of one" : "one has no deviation with ddof 1"),
                     "group " + std::to_string(ids[i]) + " with 1"};
    }
    return std::nullopt;
  }
};

}  // namespace anacrusis
