#pragma once

#include "math/vtrace.h"
#include "ops/scan.h"

namespace anacrusis {

// V-trace (math/vtrace.h).
struct Vtrace {
  Dim N, steps;
  Choice layout;
  View<const int32_t> offsets;
  View<const float> rewards, values, logp, behavior_logp, next_values, last_values;
  View<const uint8_t> terminated, truncated, mask;
  double gamma, lambda, rho_bar, c_bar, pg_rho_bar;
  Choice delta, advantage;
  View<float> advantages, targets;
  View<double> stats;

  static constexpr const char* name = "vtrace";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "V-trace targets and policy gradient advantages (1802.01561). Masked steps get 0 and are passed over, as if the "
      "row did not hold them.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Vtrace, N).about("rows: environments or sequences"),
        FIELD(Vtrace, steps).about(SCAN_ABOUT_STEPS),
        FIELD(Vtrace, layout).one_of(SCAN_LAYOUTS).about(SCAN_ABOUT_LAYOUT),
        FIELD(Vtrace, offsets).dims("N+1").optional().host().about(
            "of a packed layout: where each row begins, rising from 0 to steps"),
        FIELD(Vtrace, rewards).dims("steps").about("reward of the transition out of step t"),
        FIELD(Vtrace, values).dims("steps").about("V(s_t)"),
        FIELD(Vtrace, logp).dims("steps").about("log-probability of the action under the policy that is evaluated"),
        FIELD(Vtrace, behavior_logp).dims("steps").about("log-probability of the action under the policy that acted"),
        FIELD(Vtrace, next_values).dims("steps").optional().about(
            SCAN_ABOUT_NEXT_VALUES ". The v_{t+1} of advantages is it and what v adds to the value of the next step"),
        FIELD(Vtrace, last_values).dims("N").optional().about(SCAN_ABOUT_LAST_VALUES),
        FIELD(Vtrace, terminated).dims("steps").values("0", "1").about("1: the episode ended by itself"),
        FIELD(Vtrace, truncated).dims("steps").values("0", "1").optional().about(SCAN_ABOUT_TRUNCATED),
        FIELD(Vtrace, mask).dims("steps").values("0", "1").optional().about(SCAN_ABOUT_MASK),
        FIELD(Vtrace, gamma).range(0, 1).about("discount"),
        FIELD(Vtrace, lambda).range(0, 1).about("factor of the trace coefficients"),
        FIELD(Vtrace, rho_bar).at_least(0).about("largest weight of a temporal difference"),
        FIELD(Vtrace, c_bar).at_least(0).about("largest trace coefficient"),
        FIELD(Vtrace, pg_rho_bar).at_least(0).about("largest weight of an advantage"),
        FIELD(Vtrace, delta).one_of("td_error|reward").about(
            "what rho weighs: the whole temporal difference (the paper), or the reward alone (one of PufferLib's kernels)"),
        FIELD(Vtrace, advantage).one_of("policy_gradient|target").about(
            "rho (r + gamma v_{t+1} - V(s_t)), or v_t - V(s_t) (PufferLib)"),
        FIELD(Vtrace, advantages).dims("steps").about("A_t"),
        FIELD(Vtrace, targets).dims("steps").optional().about("v_t"),
        FIELD(Vtrace, stats).dims("3").optional().about(SCAN_ABOUT_STATS),
    };
    return list;
  }

  static std::optional<Failure> check(const Vtrace& a) { return check_scan_layout(a); }
  static std::optional<Failure> check_values(const Vtrace& a) { return check_scan_cuts(a); }
};

inline ScanProblem problem_of(const Vtrace& a) {
  ScanProblem p = scan_problem(a);
  p.values = a.values.data;
  p.logp = a.logp.data;
  p.behavior_logp = a.behavior_logp.data;
  p.first = a.advantages.data;
  p.second = a.targets.data;
  return p;
}

inline math::VtraceFormula formula_of(const Vtrace& a) {
  return {static_cast<float>(a.gamma), static_cast<float>(a.lambda), static_cast<float>(a.rho_bar),
          static_cast<float>(a.c_bar), static_cast<float>(a.pg_rho_bar), a.delta.index == 1,
          a.advantage.index == 1};
}

}  // namespace anacrusis
