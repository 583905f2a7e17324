#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// Advantages from rewards by mean and deviation of the batch or the group
// (math/normalized_advantage.h).
struct NormalizeAdvantages {
  Dim n, G;
  View<const float> rewards;
  View<const int32_t> group_ids;
  Choice mean, std, std_of;
  Integer ddof;
  double eps, std_floor;
  View<float> advantages;
  View<double> stats;

  enum Scope : int32_t { kNone = 0, kBatch = 1, kGroup = 2 };
  enum StdOf : int32_t { kRaw = 0, kCentered = 1 };

  static constexpr const char* name = "normalize_advantages";
  static constexpr const char* about =
      "Rewards less a mean, over max(deviation, std_floor) + eps (2508.08221, section 4.1). Where "
      "the "
      "deviation is 0 the advantage is exactly 0.";

  static std::span<const Field> fields() {
    using Op = NormalizeAdvantages;
    static constexpr Field list[] = {
        FIELD(Op, n).about("rewards"),
        FIELD(Op, G).about("groups; some may be empty"),
        FIELD(Op, rewards).dims("n").about("one per response"),
        FIELD(Op, group_ids)
            .dims("n")
            .host()
            .values("0", "G-1")
            .about("group of each reward, in any order"),
        FIELD(Op, mean).one_of("none|batch|group").about("which mean is taken off"),
        FIELD(Op, std).one_of("none|batch|group").about("by which deviation is divided"),
        FIELD(Op, std_of)
            .one_of("raw|centered")
            .about(
                "what the batch deviation is of: rewards, or rewards less their group's mean where "
                "that is the mean taken off"),
        FIELD(Op, ddof).range(0, 1).about("the sum of squares is divided by the count less this"),
        FIELD(Op, eps).at_least(0).about("added to the deviation"),
        FIELD(Op, std_floor).at_least(0).about("smallest deviation used"),
        FIELD(Op, advantages).dims("n").about("normalised rewards"),
        FIELD(Op, stats).dims("4").about(
            "groups whose rewards are all equal (one reward included), batch mean, batch deviation "
            "(0 "
            "for n <= ddof), size of the smallest group that is not empty"),
    };
    return list;
  }

  static std::optional<Failure> check(const NormalizeAdvantages& a) {
    const bool group_mean = a.mean.index == kGroup;
    const bool group_std = a.std.index == kGroup && a.ddof == 1;
    if (a.std.index == kBatch && a.ddof == 1 && a.n == 1) {
      return Failure{"ERR_SHAPE", "rewards", "at least 2 rewards for a deviation with ddof 1", "1"};
    }
    if (!group_mean && !group_std) return std::nullopt;
    std::vector<int32_t> ids(a.group_ids.data, a.group_ids.data + a.n);
    std::sort(ids.begin(), ids.end());
    for (size_t i = 0; i < ids.size(); ++i) {
      const bool before = i > 0 && ids[i - 1] == ids[i];
      const bool after = i + 1 < ids.size() && ids[i + 1] == ids[i];
      if (before || after) continue;
      return Failure{"ERR_RANGE", "group_ids",
                     std::string("at least 2 rewards in every group, since ") +
                         (group_mean ? "the group's mean leaves nothing of one"
                                     : "one has no deviation with ddof 1"),
                     "group " + std::to_string(ids[i]) + " with 1"};
    }
    return std::nullopt;
  }
};

}  // namespace anacrusis
