#pragma once

#include "math/retrace.h"
#include "ops/scan.h"

namespace anacrusis {

// Retrace (math/retrace.h).
struct Retrace {
  Dim N, steps;
  Choice layout;
  View<const int32_t> offsets;
  View<const float> rewards, values, q_values, logp, behavior_logp, next_values, last_values;
  View<const uint8_t> terminated, truncated, mask;
  double gamma, lambda;
  View<float> advantages, targets;
  View<double> stats;

  static constexpr const char* name = "retrace";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Retrace(lambda) targets of an action value (1606.02647). Masked steps get 0 and are passed over, as if the row did "
      "not hold them.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Retrace, N).about("rows: environments or sequences"),
        FIELD(Retrace, steps).about(SCAN_ABOUT_STEPS),
        FIELD(Retrace, layout).one_of(SCAN_LAYOUTS).about(SCAN_ABOUT_LAYOUT),
        FIELD(Retrace, offsets).dims("N+1").optional().host().about(
            "of a packed layout: where each row begins, rising from 0 to steps"),
        FIELD(Retrace, rewards).dims("steps").about("reward of the transition out of step t"),
        FIELD(Retrace, values).dims("steps").about("V(s_t) = E Q(s_t, .) under the policy that is evaluated"),
        FIELD(Retrace, q_values).dims("steps").about("Q(s_t, a_t)"),
        FIELD(Retrace, logp).dims("steps").about("log-probability of the action under the policy that is evaluated"),
        FIELD(Retrace, behavior_logp).dims("steps").about("log-probability of the action under the policy that acted"),
        FIELD(Retrace, next_values).dims("steps").optional().about(SCAN_ABOUT_NEXT_VALUES),
        FIELD(Retrace, last_values).dims("N").optional().about(SCAN_ABOUT_LAST_VALUES),
        FIELD(Retrace, terminated).dims("steps").values("0", "1").about("1: the episode ended by itself"),
        FIELD(Retrace, truncated).dims("steps").values("0", "1").optional().about(SCAN_ABOUT_TRUNCATED),
        FIELD(Retrace, mask).dims("steps").values("0", "1").optional().about(SCAN_ABOUT_MASK),
        FIELD(Retrace, gamma).range(0, 1).about("discount"),
        FIELD(Retrace, lambda).range(0, 1).about("factor of the trace coefficients"),
        FIELD(Retrace, advantages).dims("steps").about("target - V(s_t)"),
        FIELD(Retrace, targets).dims("steps").optional().about("Q(s_t, a_t) corrected"),
        FIELD(Retrace, stats).dims("3").optional().about(SCAN_ABOUT_STATS),
    };
    return list;
  }

  static std::optional<Failure> check(const Retrace& a) { return check_scan_layout(a); }
  static std::optional<Failure> check_values(const Retrace& a) { return check_scan_cuts(a); }
};

inline ScanProblem problem_of(const Retrace& a) {
  ScanProblem p = scan_problem(a);
  p.values = a.values.data;
  p.q_values = a.q_values.data;
  p.logp = a.logp.data;
  p.behavior_logp = a.behavior_logp.data;
  p.first = a.advantages.data;
  p.second = a.targets.data;
  return p;
}

inline math::RetraceFormula formula_of(const Retrace& a) {
  return {static_cast<float>(a.gamma), static_cast<float>(a.lambda)};
}

}  // namespace anacrusis
