// What one thread of the scan kernels does: loads a few consecutive steps, links them to the step after,
// composes their maps, and writes their results; and how the lanes of a group join their parts.
#pragma once

#include "math/moments.h"
#include "ops/scan.h"
#include "runtime/kernel.h"

namespace anacrusis::cuda {

constexpr int kScanBlock = 256, kScanWarps = kScanBlock / kWarp;

// Place of the lowest set bit; there must be one.
DEVICE int lowest_bit(uint32_t bits) { return bit_count((bits - 1) & ~bits); }

// The value of the next step that counts, or, where there is none, that after the row.
struct Upcoming {
  float value;
  bool counts;
};

template <int kItems, class T>
DEVICE void load_run(const T* from, int64_t at, int64_t stride, int count, bool wide, T (&to)[kItems]) {
  constexpr int kEach = 16 / static_cast<int>(sizeof(T)) < kItems ? 16 / static_cast<int>(sizeof(T)) : kItems;
  if (wide) {
    UNROLL
    for (int i = 0; i < kItems; i += kEach) {
      const auto part = *reinterpret_cast<const Vec<T, kEach>*>(from + at + i);
      UNROLL
      for (int k = 0; k < kEach; ++k) to[i + k] = part.v[k];
    }
    return;
  }
  UNROLL
  for (int k = 0; k < kItems; ++k) to[k] = k < count ? from[at + k * stride] : T(0);
}

template <int kItems>
DEVICE void store_run(float* to, int64_t at, int64_t stride, int count, bool wide, const float (&from)[kItems]) {
  constexpr int kEach = kItems < 4 ? kItems : 4;
  if (wide) {
    UNROLL
    for (int i = 0; i < kItems; i += kEach) {
      Vec<float, kEach> part;
      UNROLL
      for (int k = 0; k < kEach; ++k) part.v[k] = from[i + k];
      *reinterpret_cast<Vec<float, kEach>*>(to + at + i) = part;
    }
    return;
  }
  UNROLL
  for (int k = 0; k < kItems; ++k) {
    if (k < count) to[at + k * stride] = from[k];
  }
}

// Steps at, at + stride, ... of a row, `count` of them.
template <class Formula, int kItems>
struct LaneSteps {
  int64_t at, stride;
  int count;
  bool wide;        // whole, and aligned for loads of 16 bytes
  uint32_t counts;  // bit k: step k counts
  math::ScanStep steps[kItems];
  float weight[kItems], delta[kItems];
};

template <class Formula, int kItems>
DEVICE void load_steps(const ScanProblem& p, int64_t at, int64_t stride, int64_t left, bool aligned,
                       LaneSteps<Formula, kItems>& s) {
  s.at = at;
  s.stride = stride;
  s.count = left < 0 ? 0 : left < kItems ? static_cast<int>(left) : kItems;
  s.wide = aligned && stride == 1 && s.count == kItems && at % kItems == 0;
  float reward[kItems], value[kItems] = {}, next[kItems] = {}, q[kItems] = {}, logp[kItems] = {}, mu[kItems] = {};
  uint8_t terminated[kItems], truncated[kItems] = {}, mask[kItems] = {};
  load_run(p.rewards, at, stride, s.count, s.wide, reward);
  load_run(p.terminated, at, stride, s.count, s.wide, terminated);
  if (Formula::uses_values) load_run(p.values, at, stride, s.count, s.wide, value);
  if (p.next_values) load_run(p.next_values, at, stride, s.count, s.wide, next);
  if (Formula::uses_q) load_run(p.q_values, at, stride, s.count, s.wide, q);
  if (Formula::uses_ratio) {
    load_run(p.logp, at, stride, s.count, s.wide, logp);
    load_run(p.behavior_logp, at, stride, s.count, s.wide, mu);
  }
  if (p.truncated) load_run(p.truncated, at, stride, s.count, s.wide, truncated);
  if (p.mask) load_run(p.mask, at, stride, s.count, s.wide, mask);
  s.counts = 0;
  UNROLL
  for (int k = 0; k < kItems; ++k) {
    if (k < s.count && (!p.mask || mask[k] != 0)) s.counts |= 1u << k;
    const float ratio = Formula::uses_ratio ? math::action_ratio(logp[k], mu[k]) : 1.0f;
    s.steps[k] = {reward[k], value[k], next[k], q[k], ratio, terminated[k] != 0, truncated[k] != 0, false};
  }
}

// Tells each step what comes after it, given what comes after the last; returns what comes from the first on.
template <class Formula, int kItems>
DEVICE Upcoming link_steps(const ScanProblem& p, Upcoming upcoming, LaneSteps<Formula, kItems>& s) {
  UNROLL
  for (int k = kItems - 1; k >= 0; --k) {
    math::ScanStep& step = s.steps[k];
    step.last = !upcoming.counts;
    if (!p.next_values) step.next_value = step.truncated && upcoming.counts ? NAN : upcoming.value;
    if (s.counts >> k & 1u) upcoming = {Formula::uses_values ? step.value : upcoming.value, true};
  }
  return upcoming;
}

// Forms the maps of the steps and returns their composition.
template <class Formula, int kItems>
DEVICE math::Affine form_steps(const Formula& formula, LaneSteps<Formula, kItems>& s) {
  math::Affine all = math::identity();
  UNROLL
  for (int k = kItems - 1; k >= 0; --k) {
    const math::Affine map = formula.step(s.steps[k]);
    const bool counts = (s.counts >> k & 1u) != 0;
    s.weight[k] = counts ? map.weight : 1.0f;
    s.delta[k] = counts ? map.delta : 0.0f;
    all = math::compose({s.weight[k], s.delta[k]}, all);
  }
  return all;
}

// Results, from the state after the last step on. State: float, or double for long chains.
template <class State, class Formula, int kItems>
DEVICE State write_steps(const ScanProblem& p, const Formula& formula, const LaneSteps<Formula, kItems>& s,
                         State after, bool gather, math::PivotSums& sums) {
  float first[kItems], second[kItems];
  UNROLL
  for (int k = kItems - 1; k >= 0; --k) {
    const State state = math::apply<State>(s.weight[k], s.delta[k], after);
    const bool counts = (s.counts >> k & 1u) != 0;
    const float here = static_cast<float>(state);
    const math::ScanResult result = counts ? formula.result(s.steps[k], here, static_cast<float>(after))
                                           : formula.masked(s.steps[k], here);
    first[k] = result.first;
    second[k] = result.second;
    if (gather && counts) math::add(sums, result.first);
    after = state;
  }
  store_run(p.first, s.at, s.stride, s.count, s.wide, first);
  if (p.second) store_run(p.second, s.at, s.stride, s.count, s.wide, second);
  return after;
}

// The lanes of a warp that share a row: 8, 16 or 32 of them. All lanes of the warp take part in what follows.
template <int kWidth>
struct LaneGroup {
  int lane, base;  // this one in the group, the group's first one in the warp
  uint32_t members;
};

template <int kWidth>
DEVICE LaneGroup<kWidth> lane_group() {
  const int in_warp = static_cast<int>(threadIdx.x % kWarp), lane = in_warp % kWidth;
  return {lane, in_warp - lane, (kFullWarp >> (kWarp - kWidth)) << (in_warp - lane)};
}

// What comes after each lane's steps, given what comes after the group's; `first` is the lane's own first
// step that counts. `from_here` becomes what comes from the group's first step on.
template <int kWidth>
DEVICE Upcoming upcoming_of_lane(const LaneGroup<kWidth>& g, Upcoming first, Upcoming after, Upcoming& from_here) {
  const uint32_t all = warp_ballot(first.counts) & g.members;
  const int lane = g.base + g.lane;
  const uint32_t later = lane == kWarp - 1 ? 0 : all & (kFullWarp << (lane + 1));
  const float next = shfl(first.value, later ? lowest_bit(later) : lane);
  const float earliest = shfl(first.value, all ? lowest_bit(all) : lane);
  if (all) from_here = {earliest, true};
  return later ? Upcoming{next, true} : after;
}

template <class Formula, int kItems>
DEVICE Upcoming first_counting(const LaneSteps<Formula, kItems>& s) {
  Upcoming first{0.0f, false};
  UNROLL
  for (int k = kItems - 1; k >= 0; --k) {
    if (s.counts >> k & 1u) first = {s.steps[k].value, true};
  }
  return first;
}

// Composes each lane's map with those of the lanes after it.
template <int kWidth>
DEVICE math::Affine compose_lanes(const LaneGroup<kWidth>& g, math::Affine map) {
  UNROLL
  for (int by = 1; by < kWidth; by *= 2) {
    const bool inside = g.lane + by < kWidth;
    const int from = g.base + (inside ? g.lane + by : g.lane);
    const math::Affine other{shfl(map.weight, from), shfl(map.delta, from)};
    if (inside) map = math::compose(map, other);
  }
  return map;
}

// The composition of the lanes after this one.
template <int kWidth>
DEVICE math::Affine lanes_after(const LaneGroup<kWidth>& g, math::Affine from_lane) {
  const bool inside = g.lane + 1 < kWidth;
  const int from = g.base + (inside ? g.lane + 1 : g.lane);
  const math::Affine other{shfl(from_lane.weight, from), shfl(from_lane.delta, from)};
  return inside ? other : math::identity();
}

// Moments of the block in its first thread, joined in a fixed order. All threads must arrive.
DEVICE math::Moments block_moments(math::Moments own, math::Moments* shared) {
  UNROLL
  for (int by = kWarp / 2; by > 0; by /= 2) {
    const math::Moments other{shfl_down(own.count, by), shfl_down(own.mean, by), shfl_down(own.squares, by)};
    own = math::merge(own, other);
  }
  if (threadIdx.x % kWarp == 0) shared[threadIdx.x / kWarp] = own;
  sync_threads();
  math::Moments all = shared[0];
  for (unsigned warp = 1; warp < blockDim.x / kWarp; ++warp) all = math::merge(all, shared[warp]);
  return all;
}

}  // namespace anacrusis::cuda
