// One token of rhythm_credit, and the row of the CPU. The device has loops of its own over the tokens.
#pragma once

#include "math/rhythm_credit.h"
#include "rhythm_credit.h"
#include "top_select.h"

namespace anacrusis {

struct RhythmCreditToken {
  RhythmCredit a;

  // Clears the outputs of a token and makes delta; flags it in preplan when a token that counts comes after
  // it in the sequence (`next`, -1: none), in anchor when it has an FAI.
  FORMULA_METHOD void mark_eligible(int64_t i, int64_t next) const {
    const bool counts = a.mask[i] != 0;
    a.credit[i] = 1.0f;
    a.delta[i] = counts && next >= 0 ? math::waad_change(a.waad[i], a.waad[next]) : 0.0f;
    a.preplan[i] = counts && next >= 0;
    a.anchor[i] = counts && a.fai && (!a.horizon || a.horizon[i] > 0);
    a.intro[i] = a.dominated[i] = 0;
  }

  FORMULA_METHOD bool has_nan(int64_t i) const {
    if (a.mask[i] == 0) return false;
    bool found = false;
    if (a.mode.index != RhythmCredit::global) found |= a.waad[i] != a.waad[i];
    if (a.mode.index != RhythmCredit::local && a.anchor[i]) found |= a.fai[i] != a.fai[i];
    if (a.select.index == RhythmCredit::by_entropy) found |= a.entropy[i] != a.entropy[i];
    if (a.select.index == RhythmCredit::random) {
      found |= a.random_keys[i] != a.random_keys[i];
      found |= a.random_keys[a.T + i] != a.random_keys[a.T + i];
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

  // at(rank) of `changes` changes in falling order, of which `count` are selected.
  template <class At>
  FORMULA_METHOD double delta_threshold(const At& at, int64_t changes, int64_t count) const {
    if (a.tau_delta_mode.index == RhythmCredit::fixed) return a.tau_delta;
    if (a.tau_delta_mode.index == RhythmCredit::top_q) return count > 0 ? at(count) : INFINITY;
    return changes > 0 ? median(at, changes) : INFINITY;
  }

  // The token that introduces the anchor when a recent peak dominates it, else -1: the one with the
  // largest change among the k tokens that count before it, the latest of equals.
  FORMULA_METHOD int64_t introducer(int64_t first, int64_t anchor, double tau_waad, double tau_delta) const {
    int64_t seen = 0, largest = -1;
    for (int64_t i = anchor - 1; i >= first && seen < a.k.value; --i) {
      if (a.mask[i] == 0) continue;
      ++seen;
      if (largest < 0 || a.delta[i] > a.delta[largest]) largest = i;
    }
    const bool dominated =
        largest >= 0 && a.waad[anchor] <= tau_waad && a.delta[largest] >= tau_delta;
    return dominated ? largest : -1;
  }

  FORMULA_METHOD bool median_waad(int64_t tokens) const { return a.tau_waad_mode.index == 0 && tokens > 0; }

  FORMULA_METHOD double credit_of(int64_t i) const {
    if (a.mode.index == RhythmCredit::local) return math::set_credit(a.preplan[i] != 0, a.gamma_amp);
    if (a.mode.index == RhythmCredit::global) return math::set_credit(a.anchor[i] != 0, a.gamma_amp);
    return math::coupled_credit(a.anchor[i] != 0, a.dominated[i] != 0, a.intro[i] != 0, a.gamma_amp,
                                a.alpha, a.overlap.index == 1);
  }
};

struct RhythmCreditRow {
  RhythmCreditToken token;

  FORMULA_METHOD void operator()(int64_t row) const {
    const RhythmCredit& a = token.a;
    const int64_t first = a.offsets[row], n = a.offsets[row + 1] - first;
    int64_t tokens = 0, changes = 0, defined = 0, next = -1;
    bool nan = false;
    for (int64_t i = first + n - 1; i >= first; --i) {
      token.mark_eligible(i, next);
      if (a.mask[i]) next = i;
      tokens += a.mask[i] != 0;
      changes += a.preplan[i];
      defined += a.anchor[i];
      nan |= token.has_nan(i);
    }
    if (nan) {
      for (int64_t i = first; i < first + n; ++i) {
        a.preplan[i] = a.anchor[i] = 0;
        if (a.mask[i]) a.credit[i] = NAN;
      }
      return;
    }
    const int64_t wanted = math::top_count(a.q, tokens), count = wanted < changes ? wanted : changes;
    const Ranking highest{a.delta.data + first, a.preplan.data + first, n, false};
    const Ranking waads{a.waad.data + first, a.mask.data + first, n, false};
    const auto at = [](const Ranking& of) { return [&](int64_t rank) { return of.value(of.cut_at(rank)); }; };
    const double tau_delta = token.delta_threshold(at(highest), changes, count);
    const double tau_waad = token.median_waad(tokens) ? median(at(waads), tokens) : a.tau_waad;
    keep_first(token.ranking(a.delta.data, a.preplan.data, first, n, 0), count, &a.preplan[first]);
    if (a.fai) {
      keep_first(token.ranking(a.fai.data, a.anchor.data, first, n, a.T), math::top_count(a.q, defined),
                 &a.anchor[first]);
    }
    for (int64_t i = first; i < first + n; ++i) {
      const int64_t introducer = a.anchor[i] ? token.introducer(first, i, tau_waad, tau_delta) : -1;
      if (introducer < 0) continue;
      a.dominated[i] = 1;
      a.intro[introducer] = 1;
    }
    for (int64_t i = first; i < first + n; ++i) {
      if (a.mask[i]) a.credit[i] = static_cast<float>(token.credit_of(i));
    }
  }
};

}  // namespace anacrusis
