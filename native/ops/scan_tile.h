// A tile of steps of a discounted scan on the CPU: forming the affine maps of the steps, and finishing their
// results. Rows take tiles along time, the time-major layout across environments; the loops are the same.
#pragma once

#include <type_traits>

#include "ops/scan.h"
#include "math/moments.h"
#include "runtime/isa.h"

namespace anacrusis::ANACRUSIS_ISA {

constexpr int64_t kTile = 512, kStrip = 64;

// What absent arrays stand for, so that the loops have no branches.
inline constexpr float kNoFloats[kTile] = {};
inline constexpr uint8_t kNoFlags[kTile] = {};

struct ScanTile {
  int64_t size;
  const float *rewards, *values, *next_values, *q_values, *logp, *behavior_logp, *ratios;
  const uint8_t *terminated, *truncated;
  const uint8_t* mask;    // null: all steps count
  const uint8_t* last;    // 1: no later step of the row counts
  float *first, *second;  // the second may be null

  // The elements from `begin` on; `next_values`, `ratios` and `last` are left to the caller.
  ScanTile(const ScanProblem& p, int64_t begin, int64_t n)
      : size(n),
        rewards(p.rewards + begin),
        values(at(p.values, begin, kNoFloats)),
        next_values(at(p.next_values, begin, kNoFloats)),
        q_values(at(p.q_values, begin, kNoFloats)),
        logp(at(p.logp, begin, kNoFloats)),
        behavior_logp(at(p.behavior_logp, begin, kNoFloats)),
        ratios(kNoFloats),
        terminated(p.terminated + begin),
        truncated(at(p.truncated, begin, kNoFlags)),
        mask(p.mask ? p.mask + begin : nullptr),
        last(kNoFlags),
        first(p.first + begin),
        second(p.second ? p.second + begin : nullptr) {}

  // Begins to fetch as many steps again, `by` elements before these: steps are taken from the last to the first, and
  // what the processor fetches by itself ends at each page.
  template <class Formula>
  __attribute__((always_inline)) void fetch_before(int64_t by) const {
    for (int64_t k = -by; k < size - by; k += 16) {
      __builtin_prefetch(rewards + k);
      if (Formula::uses_values) __builtin_prefetch(values + k);
      if (Formula::uses_q) __builtin_prefetch(q_values + k);
      if (Formula::uses_ratio) __builtin_prefetch(logp + k);
      if (Formula::uses_ratio) __builtin_prefetch(behavior_logp + k);
      __builtin_prefetch(first + k, 1);
      if (second) __builtin_prefetch(second + k, 1);
    }
    for (int64_t k = -by; k < size - by; k += 64) {
      __builtin_prefetch(terminated + k);
      if (mask) __builtin_prefetch(mask + k);
    }
  }

  template <class T>
  static const T* at(const T* array, int64_t begin, const T* absent) {
    return array ? array + begin : absent;
  }

  template <class Formula>
  __attribute__((always_inline)) math::ScanStep step(int64_t k) const {
    return {rewards[k],
            Formula::uses_values ? values[k] : 0.0f,
            next_values[k],
            Formula::uses_q ? q_values[k] : 0.0f,
            Formula::uses_ratio ? ratios[k] : 1.0f,
            terminated[k] != 0,
            truncated[k] != 0,
            last[k] != 0};
  }
};

// Before form() and finish(); a loop of its own, as GCC does not vectorise an exponential inside theirs.
template <class Formula>
inline void form_ratios(ScanTile& t, float* __restrict ratios) {
  if constexpr (Formula::uses_ratio) {
#pragma omp simd
    for (int64_t k = 0; k < t.size; ++k) ratios[k] = math::action_ratio(t.logp[k], t.behavior_logp[k]);
    t.ratios = ratios;
  }
}

// The maps of the steps; steps that do not count pass the state on.
template <class Formula>
inline void form(ScanTile t, Formula formula, float* __restrict weight, float* __restrict delta) {
  if (!t.mask) {
#pragma omp simd
    for (int64_t k = 0; k < t.size; ++k) {
      const math::Affine map = formula.step(t.step<Formula>(k));
      weight[k] = map.weight;
      delta[k] = map.delta;
    }
    return;
  }
#pragma omp simd
  for (int64_t k = 0; k < t.size; ++k) {
    const math::Affine map = formula.step(t.step<Formula>(k));
    weight[k] = t.mask[k] != 0 ? map.weight : 1.0f;
    delta[k] = t.mask[k] != 0 ? map.delta : 0.0f;
  }
}

template <bool kMask, bool kSecond, class Formula>
inline void write(ScanTile t, Formula formula, const float* state, const float* after) {
#pragma omp simd
  for (int64_t k = 0; k < t.size; ++k) {
    const math::ScanStep s = t.step<Formula>(k);
    math::ScanResult result = formula.result(s, state[k], after[k]);
    if constexpr (kMask) {
      const math::ScanResult masked = formula.masked(s, state[k]);
      result.first = t.mask[k] != 0 ? result.first : masked.first;
      result.second = t.mask[k] != 0 ? result.second : masked.second;
    }
    t.first[k] = result.first;
    if constexpr (kSecond) t.second[k] = result.second;
  }
}

inline void gather(const ScanTile& t, math::PivotSums& sums) {
  if (sums.count == 0.0) {
    int64_t k = 0;
    while (t.mask && k < t.size && t.mask[k] == 0) ++k;
    if (k == t.size) return;
    sums.pivot = t.first[k];
  }
  double count = 0.0, sum = 0.0, squares = 0.0;
#pragma omp simd reduction(+ : count, sum, squares)
  for (int64_t k = 0; k < t.size; ++k) {
    const bool counts = !t.mask || t.mask[k] != 0;
    const double apart = counts ? static_cast<double>(t.first[k]) - sums.pivot : 0.0;
    count += counts ? 1.0 : 0.0;
    sum += apart;
    squares += apart * apart;
  }
  sums.count += count;
  sums.sum += sum;
  sums.squares += squares;
}

// Results from the state at each step and after it; `sums` may be null.
template <class Formula>
inline void finish(const ScanTile& t, const Formula& formula, const float* state, const float* after,
                   math::PivotSums* sums) {
  if (t.mask && t.second) write<true, true>(t, formula, state, after);
  else if (t.mask) write<true, false>(t, formula, state, after);
  else if (t.second) write<false, true>(t, formula, state, after);
  else write<false, false>(t, formula, state, after);
  if (sums) gather(t, *sums);
}

}  // namespace anacrusis::ANACRUSIS_ISA
