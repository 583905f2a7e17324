// The discounted scans on the CPU. What a row gets depends on the row alone: not on its layout (rows or packed), the
// rows beside it or the number of threads.
//
// A row is cut into tiles of 512 steps from its first step on, taken from the last to the first: form the maps of
// the steps, scan them, finish. The scan composes the maps of one register (16 steps on AVX-512) by 4 shifts, so the chain
// from register to register is one multiply-add instead of one per step; it is kept in float64, as sums of a million rewards need
// it. A row longer than kSplit is cut into segments that threads share: their maps first, then the states after
// them in order, then the results (its inputs are read twice; the second time from a cache, often).
#pragma once

#include <cstring>
#include <utility>

#include "ops/scan_tile.h"
#include "runtime/lanes.h"
#include "runtime/parallel.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {

constexpr int64_t kSegment = 16384, kSplit = 65536;

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
    weight = weight * shifted<kBy>(weight, 1.0f);
    compose_lanes<2 * kBy>(weight, delta);
  }
}

// The states at the steps and after them, given the one after the last; returns the one before the first.
inline double scan_states(int64_t size, const float* weight, const float* delta, double carry, float* state,
                          float* after) {
  int64_t k = size;
  while (k % kLanes != 0) {
    --k;
    after[k] = static_cast<float>(carry);
    carry = math::apply<double>(weight[k], delta[k], carry);
    state[k] = static_cast<float>(carry);
  }
  while (k > 0) {
    k -= kLanes;
    Lanes w = load(weight + k), d = load(delta + k);
    compose_lanes(w, d);
    const Lanes behind = broadcast(static_cast<float>(carry)), states = apply_lanes(w, d, behind);
    store(state + k, states);
    store(after + k, shift_lanes<1>(states, behind, std::make_integer_sequence<int, kLanes>{}));
    carry = math::apply<double>(w[0], d[0], carry);
  }
  return carry;
}

struct AffineSum {
  double weight = 1.0, delta = 0.0;
};

// The map of the whole tile, before the one of what follows.
inline AffineSum compose_tile(int64_t size, const float* weight, const float* delta, AffineSum after) {
  int64_t k = size;
  const auto step = [&](double w, double d) {
    after = {w * after.weight, math::apply<double>(w, d, after.delta)};
  };
  while (k % kLanes != 0) {
    --k;
    step(weight[k], delta[k]);
  }
  while (k > 0) {
    k -= kLanes;
    Lanes w = load(weight + k), d = load(delta + k);
    compose_lanes(w, d);
    step(w[0], d[0]);
  }
  return after;
}

struct ScanRow {
  int64_t begin, end, final;  // final: the last step that counts, or -1
  float last_value;
};

inline ScanRow row_of(const ScanProblem& p, int64_t row) {
  ScanRow r{row * p.T, (row + 1) * p.T, 0, p.last_values ? p.last_values[row] : 0.0f};
  if (p.layout == kPacked) r.begin = p.offsets[row], r.end = p.offsets[row + 1];
  r.final = r.end - 1;
  while (p.mask && r.final >= r.begin && p.mask[r.final] == 0) --r.final;
  return r;
}

// The tiles of [begin, end) of a row, from the last to the first.
template <class Formula>
class RowTiles {
 public:
  RowTiles(const ScanProblem& p, const Formula& formula, const ScanRow& row, int64_t begin, int64_t end)
      : p_(p), formula_(formula), row_(row), begin_(begin), end_(end), upcoming_(value_after(end)) {}

  double write(double after, math::PivotSums* sums) {
    each([&](const ScanTile& tile) {
      float state[kTile], behind[kTile];
      after = scan_states(tile.size, weight_, delta_, after, state, behind);
      finish(tile, formula_, state, behind, sums);
    });
    return after;
  }

  AffineSum compose() {
    AffineSum map;
    each([&](const ScanTile& tile) { map = compose_tile(tile.size, weight_, delta_, map); });
    return map;
  }

 private:
  template <class F>
  void each(const F& f) {
    for (int64_t stop = end_; stop > begin_;) {
      const int64_t start = begin_ + (stop - begin_ - 1) / kTile * kTile;
      ScanTile tile(p_, start, stop - start);
      uint8_t last[kTile];
      if (row_.final >= start && row_.final < stop) {
        std::memset(last, 0, static_cast<size_t>(tile.size));
        last[row_.final - start] = 1;
        tile.last = last;
      }
      if (!p_.next_values) {
        look_ahead(tile);
        tile.next_values = next_;
      }
      form(tile, formula_, weight_, delta_);
      f(tile);
      stop = start;
    }
  }

  // The value of the first step from `i` on that counts.
  float value_after(int64_t i) const {
    if (p_.next_values || i > row_.final || !Formula::uses_values) return row_.last_value;
    if (!p_.mask) return p_.values[i];
    const auto left = static_cast<size_t>(row_.end - i);
    const void* const found = std::memchr(p_.mask + i, 1, left);
    return p_.values[static_cast<const uint8_t*>(found) - p_.mask];
  }

  void look_ahead(const ScanTile& tile) {
    const int64_t n = tile.size;
    if (!Formula::uses_values) {
      for (int64_t k = 0; k < n; ++k) next_[k] = row_.last_value;
    } else if (!tile.mask || !std::memchr(tile.mask, 0, static_cast<size_t>(n))) {
      std::memcpy(next_, tile.values + 1, static_cast<size_t>(n - 1) * sizeof(float));
      next_[n - 1] = upcoming_;
      upcoming_ = tile.values[0];
    } else {
      for (int64_t k = n - 1; k >= 0; --k) {
        next_[k] = upcoming_;
        upcoming_ = tile.mask[k] != 0 ? tile.values[k] : upcoming_;
      }
    }
  }

  const ScanProblem& p_;
  const Formula& formula_;
  const ScanRow row_;
  const int64_t begin_, end_;
  float upcoming_;  // value of the next step that counts
  float weight_[kTile], delta_[kTile], next_[kTile];
};

// Rows [first, last), kTile steps together at most, in one tile. What each gets is what RowTiles would give it.
template <class Formula>
inline void scan_short_rows(const ScanProblem& p, const Formula& formula, int64_t first, int64_t last,
                            math::PivotSums* sums) {
  const int64_t begin = row_of(p, first).begin, n = row_of(p, last - 1).end - begin;
  if (n == 0) return;
  ScanTile tile(p, begin, n);
  float weight[kTile], delta[kTile], next[kTile], state[kTile], after[kTile];
  uint8_t ends[kTile];
  std::memset(ends, 0, static_cast<size_t>(n));
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
  form(tile, formula, weight, delta);
  for (int64_t i = first; i < last; ++i) {
    const ScanRow row = row_of(p, i);
    const int64_t at = row.begin - begin;
    scan_states(row.end - row.begin, weight + at, delta + at, 0.0, state + at, after + at);
  }
  finish(tile, formula, state, after, sums);
}

// Rows [begin, end) but for long ones.
template <class Formula>
inline void scan_rows(const ScanProblem& p, const Formula& formula, int64_t begin, int64_t end,
                      math::PivotSums* sums) {
  constexpr int64_t kShort = 128;
  for (int64_t i = begin; i < end;) {
    const ScanRow row = row_of(p, i);
    int64_t stop = i, T = row.end - row.begin;
    for (int64_t total = T; T <= kShort && total <= kTile; total += T) {
      if (++stop == end) break;
      const ScanRow following = row_of(p, stop);
      T = following.end - following.begin;
    }
    if (stop > i) {
      scan_short_rows(p, formula, i, stop, sums);
      i = stop;
      continue;
    }
    if (T <= kSplit) RowTiles<Formula>(p, formula, row, row.begin, row.end).write(0.0, sums);
    ++i;
  }
}

// Segments of a long row; `parts` has room for one pair of doubles and one Moments per segment.
template <class Formula>
inline void scan_long_row(const ScanProblem& p, const Formula& formula, const ScanRow& row, AffineSum* maps,
                          math::Moments* moments) {
  const int64_t T = row.end - row.begin, segments = (T + kSegment - 1) / kSegment;
  const auto segment = [&](int64_t begin, int64_t end) {
    return RowTiles<Formula>(p, formula, row, row.begin + begin, row.begin + end);
  };
  parallel_for(T, kSegment, [&](int64_t begin, int64_t end) {
    maps[begin / kSegment] = segment(begin, end).compose();
  });
  double after = 0.0;
  for (int64_t i = segments - 1; i >= 0; --i) {
    const AffineSum map = maps[i];
    maps[i].delta = after;  // the state after the segment from here on
    after = math::apply(map.weight, map.delta, after);
  }
  parallel_for(T, kSegment, [&](int64_t begin, int64_t end) {
    math::PivotSums sums{};
    segment(begin, end).write(maps[begin / kSegment].delta, moments ? &sums : nullptr);
    if (moments) moments[begin / kSegment] = math::moments_of(sums);
  });
}

// Environments [begin, end) of the time-major layout, together through time.
template <class Formula>
inline void scan_columns(const ScanProblem& p, const Formula& formula, int64_t begin, int64_t end,
                         math::PivotSums* sums) {
  const int64_t n = end - begin;
  float weight[kTile], delta[kTile], next[kTile], state[kTile], after[kTile] = {};
  double carry[kTile] = {};
  uint8_t last[kTile];
  std::memset(last, 1, sizeof last);
  for (int64_t e = 0; e < n; ++e) next[e] = p.last_values ? p.last_values[begin + e] : 0.0f;
  for (int64_t t = p.T - 1; t >= 0; --t) {
    ScanTile tile(p, t * p.N + begin, n);
    tile.last = last;
    if (!p.next_values) tile.next_values = next;
    form(tile, formula, weight, delta);
#pragma omp simd
    for (int64_t e = 0; e < n; ++e) {
      carry[e] = math::apply<double>(weight[e], delta[e], carry[e]);
      state[e] = static_cast<float>(carry[e]);
    }
    finish(tile, formula, state, after, sums);
#pragma omp simd
    for (int64_t e = 0; e < n; ++e) {
      const bool counts = !tile.mask || tile.mask[e] != 0;
      after[e] = state[e];
      if constexpr (Formula::uses_values) next[e] = counts ? tile.values[e] : next[e];
      last[e] = counts ? uint8_t{0} : last[e];
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
  const int64_t narrow = (p.N + 7) / 8, wide = narrow < 64 ? 64 : narrow;
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
