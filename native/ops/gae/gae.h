#pragma once

#include "math/gae.h"
#include "ops/scan.h"

namespace anacrusis {

// Generalised advantage estimation (math/gae.h).
struct Gae {
  Dim N, steps;
  Choice layout;
  View<const int32_t> offsets;
  View<const float> rewards, values, next_values, last_values;
  View<const uint8_t> terminated, truncated, mask;
  double gamma, gae_lambda;
  Choice masked;
  View<float> advantages, returns;
  View<double> stats;

  static constexpr const char* name = "gae";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Generalised advantage estimation (1506.02438). Masked steps are passed over, as if the row did not hold "
      "them; they get 0, or the advantage of the next step that counts.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Gae, N).about("rows: environments or sequences"),
        FIELD(Gae, steps).about(SCAN_ABOUT_STEPS),
        FIELD(Gae, layout).one_of(SCAN_LAYOUTS).about(SCAN_ABOUT_LAYOUT),
        FIELD(Gae, offsets).dims("N+1").optional().host().about(
            "of a packed layout: where each row begins, rising from 0 to steps"),
        FIELD(Gae, rewards).dims("steps").about("reward of the transition out of step t"),
        FIELD(Gae, values).dims("steps").about("V(s_t)"),
        FIELD(Gae, next_values).dims("steps").optional().about(SCAN_ABOUT_NEXT_VALUES),
        FIELD(Gae, last_values).dims("N").optional().about(SCAN_ABOUT_LAST_VALUES),
        FIELD(Gae, terminated).dims("steps").values("0", "1").about("1: the episode ended by itself"),
        FIELD(Gae, truncated).dims("steps").values("0", "1").optional().about(SCAN_ABOUT_TRUNCATED),
        FIELD(Gae, mask).dims("steps").values("0", "1").optional().about(SCAN_ABOUT_MASK),
        FIELD(Gae, gamma).range(0, 1).about("discount"),
        FIELD(Gae, gae_lambda).range(0, 1).about("exponential weight of the estimator"),
        FIELD(Gae, masked).one_of("zero|carry").about(
            "what masked steps get: zeros, or the advantage of the next step that counts and that plus their own value"),
        FIELD(Gae, advantages).dims("steps").about("A_t"),
        FIELD(Gae, returns).dims("steps").optional().about("A_t + V(s_t)"),
        FIELD(Gae, stats).dims("3").optional().about(SCAN_ABOUT_STATS),
    };
    return list;
  }

  static std::optional<Failure> check(const Gae& a) { return check_scan_layout(a); }
  static std::optional<Failure> check_values(const Gae& a) { return check_scan_cuts(a); }
};

inline ScanProblem problem_of(const Gae& a) {
  ScanProblem p = scan_problem(a);
  p.values = a.values.data;
  p.first = a.advantages.data;
  p.second = a.returns.data;
  return p;
}

inline math::GaeFormula formula_of(const Gae& a) {
  return {static_cast<float>(a.gamma), static_cast<float>(a.gae_lambda), a.masked.index == 1};
}

}  // namespace anacrusis
