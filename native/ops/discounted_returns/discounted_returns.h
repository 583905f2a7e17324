#pragma once

#include "math/discounted_returns.h"
#include "ops/scan.h"

namespace anacrusis {

// Discounted returns (math/discounted_returns.h).
struct DiscountedReturns {
  Dim N, steps;
  Choice layout;
  View<const int32_t> offsets;
  View<const float> rewards, next_values, last_values;
  View<const uint8_t> terminated, truncated, mask;
  double gamma;
  View<float> returns;
  View<double> stats;

  static constexpr const char* name = "discounted_returns";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Discounted returns (Sutton and Barto, 2nd edition, eq. 3.9). Masked steps get 0 and are passed over, as if the row "
      "did not hold them.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(DiscountedReturns, N).about("rows: environments or sequences"),
        FIELD(DiscountedReturns, steps).about(SCAN_ABOUT_STEPS),
        FIELD(DiscountedReturns, layout).one_of(SCAN_LAYOUTS).about(SCAN_ABOUT_LAYOUT),
        FIELD(DiscountedReturns, offsets).dims("N+1").optional().host().about(
            "of a packed layout: where each row begins, rising from 0 to steps"),
        FIELD(DiscountedReturns, rewards).dims("steps").about("reward of the transition out of step t"),
        FIELD(DiscountedReturns, next_values).dims("steps").optional().about(
            "V(s_{t+1}) of the transition, read where it is truncated and at the last step that counts"),
        FIELD(DiscountedReturns, last_values).dims("N").optional().about(SCAN_ABOUT_LAST_VALUES),
        FIELD(DiscountedReturns, terminated).dims("steps").values("0", "1").about("1: the episode ended by itself"),
        FIELD(DiscountedReturns, truncated).dims("steps").values("0", "1").optional().about(SCAN_ABOUT_TRUNCATED),
        FIELD(DiscountedReturns, mask).dims("steps").values("0", "1").optional().about(SCAN_ABOUT_MASK),
        FIELD(DiscountedReturns, gamma).range(0, 1).about("discount"),
        FIELD(DiscountedReturns, returns).dims("steps").about("G_t"),
        FIELD(DiscountedReturns, stats).dims("3").optional().about(SCAN_ABOUT_STATS),
    };
    return list;
  }

  static std::optional<Failure> check(const DiscountedReturns& a) { return check_scan_layout(a); }
  static std::optional<Failure> check_values(const DiscountedReturns& a) { return check_scan_cuts(a); }
};

inline ScanProblem problem_of(const DiscountedReturns& a) {
  ScanProblem p = scan_problem(a);
  p.first = a.returns.data;
  return p;
}

inline math::DiscountedReturnsFormula formula_of(const DiscountedReturns& a) {
  return {static_cast<float>(a.gamma)};
}

}  // namespace anacrusis
