#pragma once

#include "ops/packed.h"
#include "runtime/field.h"

namespace anacrusis {

// Preplan and anchor sets and the credit of each token (math/rhythm_credit.h).
struct RhythmCredit {
  Dim T, S;
  View<const float> waad, fai;
  View<const int32_t> horizon;
  View<const uint8_t> mask;
  View<const int32_t> offsets;
  Choice mode, select;
  double q, gamma_amp, alpha;
  Integer k;
  Choice tau_waad_mode;
  double tau_waad;
  Choice tau_delta_mode;
  double tau_delta;
  Choice overlap;
  View<const float> entropy, random_keys;
  View<float> credit;
  View<uint8_t> preplan, anchor, intro, dominated;
  View<float> delta;

  enum Mode { local, global, coupled };
  enum Select { top, bottom, random, by_entropy };
  enum TauDelta { median_of_delta, top_q, fixed };

  static constexpr const char* name = "rhythm_credit";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Rhythm-aligned credit (2510.13554, eq. 14-19). Masked tokens are taken out, as if a sequence "
      "did not hold them; the sets are made in every mode. NaN in a signal of the mode makes the "
      "credit of the whole sequence NaN and its sets empty.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(RhythmCredit, T).about("tokens of all sequences"),
        FIELD(RhythmCredit, S).about("sequences"),
        FIELD(RhythmCredit, waad).dims("T").about("mean over the local heads"),
        FIELD(RhythmCredit, fai).dims("T").optional().about(
            "mean over the global heads; without it there are no anchors"),
        FIELD(RhythmCredit, horizon).dims("T").optional().about(
            "queries in the horizon of each token: where there is none FAI is undefined and never "
            "selected; defined everywhere without it"),
        FIELD(RhythmCredit, mask).dims("T").values("0", "1").about("1: a response token that counts"),
        FIELD(RhythmCredit, offsets).dims("S+1").host().about("first token of each sequence, then T"),
        FIELD(RhythmCredit, mode).one_of("local|global|coupled").about("rule of the credit"),
        FIELD(RhythmCredit, select).one_of("top|bottom|random|entropy").about(
            "what makes the sets: highest or lowest WAAD change and FAI, or as a control the "
            "highest of random_keys or entropy among the same tokens"),
        FIELD(RhythmCredit, q).range(0, 1).about(
            "share selected: ceil(q n) of the tokens that count, for anchors of those with an FAI"),
        FIELD(RhythmCredit, gamma_amp).at_least(0).about("credit of a selected token"),
        FIELD(RhythmCredit, alpha).range(0, 1).about(
            "share of a dominated anchor's bonus that goes to the token that introduces it"),
        FIELD(RhythmCredit, k).at_least(1).about("tokens before an anchor that may introduce it"),
        FIELD(RhythmCredit, tau_waad_mode).one_of("median|value").about(
            "largest WAAD of a dominated anchor: median over the sequence, or tau_waad"),
        FIELD(RhythmCredit, tau_waad).about("see tau_waad_mode"),
        FIELD(RhythmCredit, tau_delta_mode).one_of("median|topq|value").about(
            "smallest WAAD change before a dominated anchor: median over the sequence, the cut of "
            "its top q, or tau_delta"),
        FIELD(RhythmCredit, tau_delta).about("see tau_delta_mode"),
        FIELD(RhythmCredit, overlap).one_of("add|overwrite").about(
            "a token in several sets gets all terms, or that of the last of anchor, dominated, intro"),
        FIELD(RhythmCredit, entropy).dims("T").optional().about("for select entropy"),
        FIELD(RhythmCredit, random_keys).dims("2,T").optional().about(
            "uniform numbers for select random: of preplan tokens, then of anchors"),
        FIELD(RhythmCredit, credit).dims("T").about("factor of the advantage; 1 where masked"),
        FIELD(RhythmCredit, preplan).dims("T").about("1: selected by WAAD change"),
        FIELD(RhythmCredit, anchor).dims("T").about("1: selected by FAI"),
        FIELD(RhythmCredit, intro).dims("T").about("1: introduces a dominated anchor"),
        FIELD(RhythmCredit, dominated).dims("T").about("1: an anchor under a recent WAAD peak"),
        FIELD(RhythmCredit, delta).dims("T").about(
            "WAAD change to the next token that counts; 0 for the last one and where masked"),
    };
    return list;
  }

  static std::optional<Failure> check(const RhythmCredit& a) {
    const auto needs = [](const char* parameter, const char* why) {
      return Failure{"ERR_MISSING", parameter, std::string("an array: ") + why + " needs it", "nothing"};
    };
    if (a.T == 0) return check_offsets(a.offsets, a.T);  // empty arrays need not have an address
    if (a.mode.index != local && !a.fai) return needs("fai", "this mode");
    if (a.select.index == random && !a.random_keys) return needs("random_keys", "select 'random'");
    if (a.select.index == by_entropy && !a.entropy) return needs("entropy", "select 'entropy'");
    return check_offsets(a.offsets, a.T);
  }
};

}  // namespace anacrusis
