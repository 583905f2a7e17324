// What the five discounted scans share: arguments in one form, layouts and their checks. The formula of each is in
// math/<op>.h; scan_cpu.h and scan.cuh run any of them.
#pragma once

#include <optional>
#include <string>

#include "math/scan_step.h"
#include "packed.h"
#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// Row r holds `steps / N` steps one after another, or those of its offsets, or every N-th element from r on.
enum ScanLayout : int32_t { kRows = 0, kPacked = 1, kTimeMajor = 2 };
#define SCAN_LAYOUTS "rows|packed|time_major"

#define SCAN_ABOUT_STEPS "steps of all rows together"
#define SCAN_ABOUT_LAYOUT \
  "rows: [N, steps/N]; packed: row r holds the steps offsets[r] .. offsets[r+1]-1; time_major: [steps/N, N]"
#define SCAN_ABOUT_NEXT_VALUES \
  "V(s_{t+1}) of the transition itself; without it the value of the next step of the row that counts"
#define SCAN_ABOUT_LAST_VALUES \
  "value after the last step that counts, where next_values is left out; 0 without it"
#define SCAN_ABOUT_TRUNCATED                                                                        \
  "1: the episode was cut off; before the last step that counts it needs next_values. A device does not look: " \
  "there the results are NaN from such a step back through its episode"
#define SCAN_ABOUT_MASK "1: the step counts; others are passed over, as if the row did not hold them"
#define SCAN_ABOUT_STATS "count, mean and sum of squared deviations of them over the steps that count"

struct ScanProblem {
  int64_t N = 0, steps = 0;
  int64_t T = 0;  // steps of a row, where all have as many
  int32_t layout = kRows;
  View<const int32_t> offsets;
  const float *rewards = nullptr, *values = nullptr, *next_values = nullptr, *last_values = nullptr;
  const float *q_values = nullptr, *logp = nullptr, *behavior_logp = nullptr;
  const uint8_t *terminated = nullptr, *truncated = nullptr, *mask = nullptr;
  float *first = nullptr, *second = nullptr;  // results; the second may be left out
  double* stats = nullptr;                    // of the first
};

// The arguments that all scans have.
template <class Op>
ScanProblem scan_problem(const Op& a) {
  ScanProblem p;
  p.N = a.N;
  p.steps = a.steps;
  p.T = a.N > 0 && a.layout.index != kPacked ? a.steps / a.N : 0;
  p.layout = a.layout.index;
  p.offsets = a.offsets;
  p.rewards = a.rewards.data;
  p.next_values = a.next_values.data;
  p.last_values = a.last_values.data;
  p.terminated = a.terminated.data;
  p.truncated = a.truncated.data;
  p.mask = a.mask.data;
  p.stats = a.stats.data;
  return p;
}

template <class Op>
std::optional<Failure> check_scan_layout(const Op& a) {
  if (a.layout.index == kPacked) {
    if (a.offsets) return check_offsets(a.offsets, a.steps);
    return Failure{"ERR_MISSING", "offsets", "an array: the layout is 'packed'", "nothing"};
  }
  if (a.offsets) return Failure{"ERR_RANGE", "offsets", "nothing: the layout is not 'packed'", "an array"};
  if (a.N == 0 ? a.steps == 0 : a.steps % a.N == 0) return std::nullopt;
  return Failure{"ERR_SHAPE", "steps", "a multiple of N = " + std::to_string(a.N), std::to_string(a.steps)};
}

// f(begin, steps, stride) for the steps of a row: element begin + t * stride.
template <class Op, class F>
auto with_row(const Op& a, int64_t row, const F& f) {
  if (a.layout.index == kPacked) return f(int64_t{a.offsets[row]}, int64_t{a.offsets[row + 1] - a.offsets[row]}, int64_t{1});
  const int64_t T = a.steps / a.N;
  return a.layout.index == kTimeMajor ? f(row, T, a.N) : f(row * T, T, int64_t{1});
}

// After a cut the next value that counts belongs to another episode.
template <class Op>
std::optional<Failure> check_scan_cuts(const Op& a) {
  if (!a.truncated || a.next_values) return std::nullopt;
  const auto cut_inside = [&](int64_t begin, int64_t steps, int64_t stride) {
    bool last = true;
    for (int64_t i = begin + (steps - 1) * stride; i >= begin; i -= stride) {
      if (a.mask && a.mask[i] == 0) continue;
      if (a.truncated[i] != 0 && !last) return true;
      last = false;
    }
    return false;
  };
  for (int64_t row = 0; row < a.N; ++row) {
    if (!with_row(a, row, cut_inside)) continue;
    return Failure{"ERR_MISSING", "next_values",
                   "an array: a step before the last is truncated, so the value of the state that was cut off is needed",
                   "nothing"};
  }
  return std::nullopt;
}

}  // namespace anacrusis
