// The discounted scans on the CPU. What a row gets depends on the row alone: not on its layout (rows or packed), the
// rows beside it or the number of threads.
//
// A row is cut into strips of 64 steps from its first step on, taken from the last to the first: form the maps of
// the steps, scan them, finish. The scan composes the maps of one register (16 steps on AVX-512) by 4 shifts, so the chain
// from register to register is one multiply-add instead of one per step; it is kept in float64, as sums of a million rewards need
// it. Strips are short, and rows follow each other backwards too, so that memory, which limits the speed, is one stream that
// goes on while the processor computes: with strips of 512 steps the time of both added up.
//
// A row longer than kSplit is cut into segments that threads share: their maps first, each as far as the state after
// it matters to the one before, then the states in order, then the results.
#pragma once

#include <cstring>
#include <utility>

#include "ops/scan_tile.h"
#include "runtime/lanes.h"
#include "runtime/parallel.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {

constexpr int64_t kSegment = 16384, kSplit = 65536;
constexpr int64_t kAhead = 512;                // steps that are fetched before they are taken
constexpr int64_t kShort = 64, kGroup = 128;  // longest of the rows that are taken together, and steps of them together

// Lane l of the result is lane l + kBy of v; `fill` comes in at the end.
template <int kBy, int... kLane>
ANACRUSIS_INLINE Lanes shift_lanes(Lanes v, Lanes fill, std::integer_sequence<int, kLane...>) {
  return __builtin_shufflevector(v, fill, (kLane + kBy)...);
}
template <int kBy>
ANACRUSIS_INLINE Lanes shifted(Lanes v, float fill) {
  return shift_lanes<kBy>(v, broadcast(fill), std::make_integer_sequence<int, kLanes>{});
}

ANACRUSIS_INLINE Lanes apply_lanes(Lanes weight, Lanes delta, Lanes x) {
  return weight == Lanes{} ? delta : delta + weight * x;
}

// Each lane's map composed with those of the lanes after it.
template <int kBy = 1>
ANACRUSIS_INLINE void compose_lanes(Lanes& weight, Lanes& delta) {
  if constexpr (kBy < kLanes) {
    delta = apply_lanes(weight, delta, shifted<kBy>(delta, 0.0f));
    weight = apply_lanes(weight, Lanes{}, shifted<kBy>(weight, 1.0f));
    compose_lanes<2 * kBy>(weight, delta);
  }
}

// The n < kLanes first maps; the others change nothing.
ANACRUSIS_INLINE void keep_first(Lanes& weight, Lanes& delta, int64_t n) {
  const IntLanes kept = first_lanes(n);
  weight = kept ? weight : broadcast(1.0f);
  delta = kept ? delta : Lanes{};
}

// The states at the steps and after them, given the one after the last; returns the one before the first. All arrays are
// kLanes longer than `size`: what lies there is read and overwritten.
ANACRUSIS_INLINE double scan_states(int64_t size, const float* weight, const float* delta, double carry, float* state,
                                    float* after) {
  for (int64_t k = (size - 1) / kLanes * kLanes; k >= 0; k -= kLanes) {
    Lanes w = load(weight + k), d = load(delta + k);
    if (size - k < kLanes) keep_first(w, d, size - k);
    compose_lanes(w, d);
    const Lanes behind = broadcast(static_cast<float>(carry)), states = apply_lanes(w, d, behind);
    store(state + k, states);
    store(after + k, shift_lanes<1>(states, behind, std::make_integer_sequence<int, kLanes>{}));
    carry = math::apply<double>(w[0], d[0], carry);
  }
  return carry;
}

// The same of whole rows in one register, which end at the lanes `ends`.
ANACRUSIS_INLINE void scan_whole_rows(uint32_t ends, const float* weight, const float* delta, float* state, float* after) {
  const IntLanes end = lanes_of(ends);
  Lanes w = load(weight), d = load(delta);
  w = end ? Lanes{} : w;
  compose_lanes(w, d);
  const Lanes behind = shifted<1>(d, 0.0f);
  store(state, d);
  store(after, end ? Lanes{} : behind);
}

struct AffineSum {
  double weight = 1.0, delta = 0.0;
};

ANACRUSIS_INLINE AffineSum compose(AffineSum outer, AffineSum inner) {
  return {math::apply(outer.weight, 0.0, inner.weight), math::apply(outer.weight, outer.delta, inner.delta)};
}

// The map of all steps.
ANACRUSIS_INLINE AffineSum compose_steps(int64_t size, const float* weight, const float* delta) {
  AffineSum after;
  for (int64_t k = (size - 1) / kLanes * kLanes; k >= 0; k -= kLanes) {
    Lanes w = load(weight + k), d = load(delta + k);
    if (size - k < kLanes) keep_first(w, d, size - k);
    compose_lanes(w, d);
    after = compose({w[0], d[0]}, after);
  }
  return after;
}

struct ScanRow {
  int64_t begin, end, final;  // final: the last step that counts, or -1
  float last_value;
};

ANACRUSIS_INLINE int64_t begin_of(const ScanProblem& p, int64_t row) {
  return p.layout == kPacked ? p.offsets[row] : row * p.T;
}

inline ScanRow row_of(const ScanProblem& p, int64_t row) {
  ScanRow r{begin_of(p, row), begin_of(p, row + 1), 0, p.last_values ? p.last_values[row] : 0.0f};
  r.final = r.end - 1;
  while (p.mask && r.final >= r.begin && p.mask[r.final] == 0) --r.final;
  return r;
}

// Steps of one row, a strip at a time.
template <class Formula>
class RowSteps {
 public:
  RowSteps(const ScanProblem& p, const Formula& formula, const ScanRow& row) : p_(p), formula_(formula), row_(row) {}

  // Results of [begin, end), given the state after them.
  void write(int64_t begin, int64_t end, double after, math::PivotSums* sums) {
    for (int64_t start = begin + (end - begin - 1) / kStrip * kStrip; start >= begin; start -= kStrip) {
      const ScanTile t = strip(start, end);
      t.template fetch_before<Formula>(kAhead);
      float state[kRoom], behind[kRoom];
      form(t, formula_, weight_, delta_);
      after = scan_states(t.size, weight_, delta_, after, state, behind);
      finish(t, formula_, state, behind, sums);
    }
  }

  // The map of [begin, end), as far from `begin` on as it says anything of the state before it.
  AffineSum compose(int64_t begin, int64_t end) {
    AffineSum all;
    for (int64_t start = begin; start < end; start += kStrip) {
      const ScanTile t = strip(start, end);
      form(t, formula_, weight_, delta_);
      all = ANACRUSIS_ISA::compose(all, compose_steps(t.size, weight_, delta_));
      if (all.weight < kNothing) return {0.0, all.delta};
    }
    return all;
  }

 private:
  // Weights are products of gamma, lambda and trace coefficients: what is multiplied by less is lost in rounding.
  static constexpr double kNothing = 0x1p-80;
  static constexpr int64_t kRoom = kStrip + kLanes;

  ScanTile strip(int64_t start, int64_t end) {
    const int64_t stop = start + kStrip < end ? start + kStrip : end;
    ScanTile t(p_, start, stop - start);
    if (row_.final >= start && row_.final < stop) {
      std::memset(last_, 0, sizeof last_);
      last_[row_.final - start] = 1;
      t.last = last_;
    }
    if (!p_.next_values) t.next_values = next_of(t, stop);
    form_ratios<Formula>(t, ratios_);
    return t;
  }

  const float* next_of(const ScanTile& t, int64_t stop) {
    const int64_t n = t.size;
    if (!Formula::uses_values) {
      for (int64_t k = 0; k < n; ++k) next_[k] = row_.last_value;
    } else if (!t.mask || !std::memchr(t.mask, 0, static_cast<size_t>(n))) {
      if (stop < row_.end && !t.mask) return t.values + 1;
      std::memcpy(next_, t.values + 1, static_cast<size_t>(n - 1) * sizeof(float));
      next_[n - 1] = value_after(stop);
    } else {
      float upcoming = value_after(stop);
      for (int64_t k = n - 1; k >= 0; --k) {
        next_[k] = upcoming;
        upcoming = t.mask[k] != 0 ? t.values[k] : upcoming;
      }
    }
    return next_;
  }

  // The value of the first step from `i` on that counts.
  float value_after(int64_t i) const {
    if (i > row_.final) return row_.last_value;
    if (!p_.mask) return p_.values[i];
    const auto left = static_cast<size_t>(row_.end - i);
    const void* const found = std::memchr(p_.mask + i, 1, left);
    return p_.values[static_cast<const uint8_t*>(found) - p_.mask];
  }

  const ScanProblem& p_;
  const Formula& formula_;
  const ScanRow row_;
  float weight_[kRoom], delta_[kRoom], next_[kStrip], ratios_[kStrip];
  uint8_t last_[kStrip];
};

// Rows [first, last), kGroup steps together at most.
template <class Formula>
inline void scan_short_rows(const ScanProblem& p, const Formula& formula, int64_t first, int64_t last,
                            math::PivotSums* sums) {
  const int64_t begin = begin_of(p, first), n = begin_of(p, last) - begin;
  if (n == 0) return;
  ScanTile tile(p, begin, n);
  constexpr int64_t kRoom = kGroup + kLanes;
  float weight[kRoom], delta[kRoom], next[kGroup], ratios[kGroup], state[kRoom], after[kRoom];
  uint8_t ends[kGroup] = {};
  const bool shifted = !p.next_values && !p.mask && Formula::uses_values;
  if (shifted) std::memcpy(next, tile.values + 1, static_cast<size_t>(n - 1) * sizeof(float));
  for (int64_t i = first; i < last; ++i) {
    const ScanRow row = row_of(p, i);
    if (row.final >= row.begin) ends[row.final - begin] = 1;
    if (shifted && row.final >= row.begin) next[row.final - begin] = row.last_value;
    float upcoming = row.last_value;
    for (int64_t k = row.end - 1 - begin; k >= row.begin - begin && !shifted && !p.next_values; --k) {
      next[k] = upcoming;
      if (Formula::uses_values && tile.mask && tile.mask[k] != 0) upcoming = tile.values[k];
    }
  }
  tile.last = ends;
  if (!p.next_values) tile.next_values = next;
  tile.template fetch_before<Formula>(kAhead);
  form_ratios<Formula>(tile, ratios);
  form(tile, formula, weight, delta);
  // What lies behind the last step in a register is overwritten by the rows that follow.
  for (int64_t i = first; i < last;) {
    const int64_t at = begin_of(p, i) - begin;
    int64_t stop = begin_of(p, ++i) - begin;
    if (stop - at > kLanes) {
      scan_states(stop - at, weight + at, delta + at, 0.0, state + at, after + at);
      continue;
    }
    uint32_t whole = stop > at ? 1u << (stop - at - 1) : 0;
    for (; i < last && (stop = begin_of(p, i + 1) - begin) - at <= kLanes; ++i) whole |= stop > at ? 1u << (stop - at - 1) : 0;
    scan_whole_rows(whole, weight + at, delta + at, state + at, after + at);
  }
  finish(tile, formula, state, after, sums);
}

// Rows [begin, end) but for long ones, from the last to the first, as their steps are: one stream through memory.
template <class Formula>
inline void scan_rows(const ScanProblem& p, const Formula& formula, int64_t begin, int64_t end,
                      math::PivotSums* sums) {
  const auto length = [&](int64_t i) { return begin_of(p, i + 1) - begin_of(p, i); };
  for (int64_t stop = end; stop > begin;) {
    int64_t start = stop, total = 0;
    while (start > begin && length(start - 1) <= kShort && total + length(start - 1) <= kGroup) total += length(--start);
    if (start < stop) {
      scan_short_rows(p, formula, start, stop, sums);
      stop = start;
      continue;
    }
    const ScanRow row = row_of(p, --stop);
    if (length(stop) <= kSplit) RowSteps<Formula>(p, formula, row).write(row.begin, row.end, 0.0, sums);
  }
}

// Segments of a long row; `parts` has room for one pair of doubles and one Moments per segment.
template <class Formula>
inline void scan_long_row(const ScanProblem& p, const Formula& formula, const ScanRow& row, AffineSum* maps,
                          math::Moments* moments) {
  const int64_t T = row.end - row.begin, segments = (T + kSegment - 1) / kSegment;
  parallel_for(T, kSegment, [&](int64_t begin, int64_t end) {
    maps[begin / kSegment] = RowSteps<Formula>(p, formula, row).compose(row.begin + begin, row.begin + end);
  });
  double after = 0.0;
  for (int64_t i = segments - 1; i >= 0; --i) {
    const AffineSum map = maps[i];
    maps[i].delta = after;  // the state after the segment from here on
    after = math::apply(map.weight, map.delta, after);
  }
  parallel_for(T, kSegment, [&](int64_t begin, int64_t end) {
    math::PivotSums sums{};
    const double behind = maps[begin / kSegment].delta;
    RowSteps<Formula>(p, formula, row).write(row.begin + begin, row.begin + end, behind, moments ? &sums : nullptr);
    if (moments) moments[begin / kSegment] = math::moments_of(sums);
  });
}

// One step of some environments, which takes what is known of the step after it to what is known of this one.
template <class Formula>
inline void step_back(ScanTile t, const Formula& formula, double* carry, float* after, float* next, uint8_t* last,
                      math::PivotSums* sums) {
  float weight[kStrip], delta[kStrip], state[kStrip], ratios[kStrip];
  form_ratios<Formula>(t, ratios);
  form(t, formula, weight, delta);
#pragma omp simd
  for (int64_t e = 0; e < t.size; ++e) {
    carry[e] = math::apply<double>(weight[e], delta[e], carry[e]);
    state[e] = static_cast<float>(carry[e]);
  }
  finish(t, formula, state, after, sums);
#pragma omp simd
  for (int64_t e = 0; e < t.size; ++e) {
    const bool counts = !t.mask || t.mask[e] != 0;
    after[e] = state[e];
    if constexpr (Formula::uses_values) next[e] = counts ? t.values[e] : next[e];
    last[e] = counts ? uint8_t{0} : last[e];
  }
}

// Environments [begin, end) of the time-major layout, a strip of them at a time through time.
template <class Formula>
inline void scan_columns(const ScanProblem& p, const Formula& formula, int64_t begin, int64_t end,
                         math::PivotSums* sums) {
  float next[kTile], after[kTile] = {};
  double carry[kTile] = {};
  uint8_t last[kTile];
  std::memset(last, 1, sizeof last);
  for (int64_t e = begin; e < end; ++e) next[e - begin] = p.last_values ? p.last_values[e] : 0.0f;
  const int64_t ahead = (kAhead + end - begin - 1) / (end - begin) * p.N;
  for (int64_t t = p.T - 1; t >= 0; --t) {
    for (int64_t e = begin; e < end; e += kStrip) {
      ScanTile strip(p, t * p.N + e, e + kStrip < end ? kStrip : end - e);
      const int64_t at = e - begin;
      strip.last = last + at;
      if (!p.next_values) strip.next_values = next + at;
      strip.template fetch_before<Formula>(ahead);
      step_back(strip, formula, carry + at, after + at, next + at, last + at, sums);
    }
  }
}

// Memory for `count` of T of this call, on the calling thread.
template <class T>
inline T* scan_scratch(int64_t count) {
  float* const memory = thread_scratch(count * static_cast<int64_t>(sizeof(T) / sizeof(float)));
  if (!memory) throw_out_of_memory();
  return reinterpret_cast<T*>(memory);
}

template <class Formula>
inline void scan(const ScanProblem& p, const Formula& formula) {
  if (p.stats) p.stats[0] = p.stats[1] = p.stats[2] = 0.0;
  if (p.N == 0) return;
  math::Moments total{};
  const bool columns = p.layout == kTimeMajor;
  const int64_t narrow = (p.N + 3) / 4, wide = narrow < kStrip ? kStrip : narrow;
  const int64_t even = 16384 / (p.steps / p.N + 1) + 1;
  const int64_t grain = columns ? (wide < kTile ? wide : kTile) : even;
  // One place per piece of rows, and per segment of the longest row.
  const int64_t pieces = (p.N + grain - 1) / grain, most = p.steps / kSegment + 1;
  struct Part {
    math::Moments moments;
    AffineSum map;
  };
  auto* const memory = scan_scratch<Part>(pieces + most);
  auto* const moments = reinterpret_cast<math::Moments*>(memory);
  auto* const segment_moments = moments + pieces;
  auto* const maps = reinterpret_cast<AffineSum*>(segment_moments + most);
  parallel_for(p.N, grain, [&](int64_t begin, int64_t end) {
    math::PivotSums sums{};
    math::PivotSums* const wanted = p.stats ? &sums : nullptr;
    if (columns) scan_columns(p, formula, begin, end, wanted);
    else scan_rows(p, formula, begin, end, wanted);
    moments[begin / grain] = math::moments_of(sums);
  });
  for (int64_t i = 0; i < pieces; ++i) total = math::merge(total, moments[i]);
  const bool some_long = !columns && (p.layout == kPacked || p.T > kSplit);
  for (int64_t i = 0; i < p.N && some_long; ++i) {
    const ScanRow row = row_of(p, i);
    const int64_t T = row.end - row.begin;
    if (T <= kSplit) continue;
    scan_long_row(p, formula, row, maps, p.stats ? segment_moments : nullptr);
    for (int64_t s = 0; s < (T + kSegment - 1) / kSegment && p.stats; ++s) total = math::merge(total, segment_moments[s]);
  }
  if (!p.stats) return;
  p.stats[0] = total.count;
  p.stats[1] = total.mean;
  p.stats[2] = total.squares;
}

}  // namespace anacrusis::ANACRUSIS_ISA
