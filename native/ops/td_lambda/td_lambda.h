#pragma once

#include "math/td_lambda.h"
#include "ops/scan.h"

namespace anacrusis {

// Lambda returns (math/td_lambda.h).
struct TdLambda {
  Dim N, steps;
  Choice layout;
  View<const int32_t> offsets;
  View<const float> rewards, values, next_values, last_values;
  View<const uint8_t> terminated, truncated, mask;
  double gamma, lambda;
  View<float> returns;
  View<double> stats;

  static constexpr const char* name = "td_lambda";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Lambda returns (Sutton and Barto, 2nd edition, eq. 12.18). Masked steps get 0 and are passed over, as if the row "
      "did not hold them.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(TdLambda, N).about("rows: environments or sequences"),
        FIELD(TdLambda, steps).about(SCAN_ABOUT_STEPS),
        FIELD(TdLambda, layout).one_of(SCAN_LAYOUTS).about(SCAN_ABOUT_LAYOUT),
        FIELD(TdLambda, offsets).dims("N+1").optional().host().about(
            "of a packed layout: where each row begins, rising from 0 to steps"),
        FIELD(TdLambda, rewards).dims("steps").about("reward of the transition out of step t"),
        FIELD(TdLambda, values).dims("steps").about("V(s_t)"),
        FIELD(TdLambda, next_values).dims("steps").optional().about(SCAN_ABOUT_NEXT_VALUES),
        FIELD(TdLambda, last_values).dims("N").optional().about(SCAN_ABOUT_LAST_VALUES),
        FIELD(TdLambda, terminated).dims("steps").values("0", "1").about("1: the episode ended by itself"),
        FIELD(TdLambda, truncated).dims("steps").values("0", "1").optional().about(SCAN_ABOUT_TRUNCATED),
        FIELD(TdLambda, mask).dims("steps").values("0", "1").optional().about(SCAN_ABOUT_MASK),
        FIELD(TdLambda, gamma).range(0, 1).about("discount"),
        FIELD(TdLambda, lambda).range(0, 1).about("weight of the next return beside the next value"),
        FIELD(TdLambda, returns).dims("steps").about("G_t"),
        FIELD(TdLambda, stats).dims("3").optional().about(SCAN_ABOUT_STATS),
    };
    return list;
  }

  static std::optional<Failure> check(const TdLambda& a) { return check_scan_layout(a); }
  static std::optional<Failure> check_values(const TdLambda& a) { return check_scan_cuts(a); }
};

inline ScanProblem problem_of(const TdLambda& a) {
  ScanProblem p = scan_problem(a);
  p.values = a.values.data;
  p.first = a.returns.data;
  return p;
}

inline math::TdLambdaFormula formula_of(const TdLambda& a) {
  return {static_cast<float>(a.gamma), static_cast<float>(a.lambda)};
}

}  // namespace anacrusis
