// Scan tier: one sequence of rhythm_credit. Both back ends run this row step.
#pragma once

#include "math/rhythm_credit.h"
#include "rhythm_credit.h"
#include "top_select.h"

namespace anacrusis {

struct RhythmCreditRow {
  RhythmCredit a;

  FORMULA_METHOD void operator()(int64_t row) const {
    const int64_t first = a.offsets[row], n = a.offsets[row + 1] - first;
    const int64_t tokens = mark_eligible(first, n);
    if (has_nan(first, n)) {
      for (int64_t i = first; i < first + n; ++i) {
        a.preplan[i] = a.anchor[i] = 0;
        if (a.mask[i]) a.credit[i] = NAN;
      }
      return;
    }
    int64_t changes = 0, defined = 0;
    for (int64_t i = first; i < first + n; ++i) {
      changes += a.preplan[i];
      defined += a.anchor[i];
    }
    const int64_t wanted = math::top_count(a.q, tokens);
    const int64_t preplan_count = wanted < changes ? wanted : changes;
    const double tau_delta = delta_threshold(first, n, changes, preplan_count);
    const bool median_waad = a.tau_waad_mode.index == 0 && tokens > 0;
    const double tau_waad =
        median_waad ? median({&a.waad[first], &a.mask[first], n, false}, tokens) : a.tau_waad;
    keep_first(ranking(a.delta.data, a.preplan.data, first, n, 0), preplan_count, &a.preplan[first]);
    if (a.fai) {
      keep_first(ranking(a.fai.data, a.anchor.data, first, n, a.T), math::top_count(a.q, defined),
                 &a.anchor[first]);
    }
    for (int64_t i = first; i < first + n; ++i) {
      if (a.anchor[i]) mark_dominated(first, i, tau_waad, tau_delta);
    }
    for (int64_t i = first; i < first + n; ++i) {
      if (a.mask[i]) a.credit[i] = static_cast<float>(credit_of(i));
    }
  }

  // Clears the outputs; delta; flags tokens with a next one in preplan, those with an FAI in anchor.
  FORMULA_METHOD int64_t mark_eligible(int64_t first, int64_t n) const {
    int64_t tokens = 0, next = -1;
    for (int64_t i = first + n - 1; i >= first; --i) {
      a.credit[i] = 1.0f;
      a.delta[i] = 0.0f;
      a.preplan[i] = a.anchor[i] = a.intro[i] = a.dominated[i] = 0;
      if (a.mask[i] == 0) continue;
      if (next >= 0) a.delta[i] = math::waad_change(a.waad[i], a.waad[next]);
      a.preplan[i] = next >= 0;
      a.anchor[i] = a.fai && (!a.horizon || a.horizon[i] > 0);
      next = i;
      ++tokens;
    }
    return tokens;
  }

  FORMULA_METHOD bool has_nan(int64_t first, int64_t n) const {
    bool found = false;
    for (int64_t i = first; i < first + n; ++i) {
      if (a.mask[i] == 0) continue;
      if (a.mode.index != RhythmCredit::global) found |= a.waad[i] != a.waad[i];
      if (a.mode.index != RhythmCredit::local && a.anchor[i]) found |= a.fai[i] != a.fai[i];
      if (a.select.index == RhythmCredit::by_entropy) found |= a.entropy[i] != a.entropy[i];
      if (a.select.index == RhythmCredit::random) {
        found |= a.random_keys[i] != a.random_keys[i];
        found |= a.random_keys[a.T + i] != a.random_keys[a.T + i];
      }
    }
    return found;
  }

  FORMULA_METHOD Ranking ranking(const float* signal, const uint8_t* flags, int64_t first, int64_t n,
                                 int64_t random_offset) const {
    const float* keys = signal + first;
    if (a.select.index == RhythmCredit::random) keys = &a.random_keys[random_offset + first];
    if (a.select.index == RhythmCredit::by_entropy) keys = &a.entropy[first];
    return {keys, flags + first, n, a.select.index == RhythmCredit::bottom};
  }

  FORMULA_METHOD double delta_threshold(int64_t first, int64_t n, int64_t changes, int64_t count) const {
    if (a.tau_delta_mode.index == RhythmCredit::fixed) return a.tau_delta;
    const Ranking highest{&a.delta[first], &a.preplan[first], n, false};
    if (a.tau_delta_mode.index == RhythmCredit::top_q) return count > 0 ? highest.at(count) : INFINITY;
    return changes > 0 ? median(highest, changes) : INFINITY;
  }

  // The largest change among the k tokens that count before the anchor, the latest of equals.
  FORMULA_METHOD void mark_dominated(int64_t first, int64_t anchor, double tau_waad, double tau_delta) const {
    int64_t seen = 0, largest = -1;
    for (int64_t i = anchor - 1; i >= first && seen < a.k.value; --i) {
      if (a.mask[i] == 0) continue;
      ++seen;
      if (largest < 0 || a.delta[i] > a.delta[largest]) largest = i;
    }
    if (largest < 0 || !(a.waad[anchor] <= tau_waad) || !(a.delta[largest] >= tau_delta)) return;
    a.dominated[anchor] = 1;
    a.intro[largest] = 1;
  }

  FORMULA_METHOD double credit_of(int64_t i) const {
    if (a.mode.index == RhythmCredit::local) return math::set_credit(a.preplan[i] != 0, a.gamma_amp);
    if (a.mode.index == RhythmCredit::global) return math::set_credit(a.anchor[i] != 0, a.gamma_amp);
    return math::coupled_credit(a.anchor[i] != 0, a.dominated[i] != 0, a.intro[i] != 0, a.gamma_amp,
                                a.alpha, a.overlap.index == 1);
  }
};

}  // namespace anacrusis
