#pragma once

#include "ops/packed.h"
#include "runtime/field.h"

namespace anacrusis {

// Scores of cached keys from what recent queries gave them (eviction_scores_element.h).
struct EvictionScores {
  Dim T, H, Hkv, S;
  Choice layout;
  View<const float> values;
  View<const int32_t> offsets;
  Integer window, kernel;
  Choice pooling;
  View<float> scores;

  static constexpr const char* name = "eviction_scores";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "What a key in a cache is worth: attention that it got, pooled over its neighbours and averaged "
      "over the query heads of its key head (SnapKV, 2404.14469; kvpress). The last keys of a sequence "
      "get the largest score of the others.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(EvictionScores, T).about("tokens of all sequences"),
        FIELD(EvictionScores, H).at_least(1).about("query heads, a multiple of Hkv"),
        FIELD(EvictionScores, Hkv).at_least(1).about("key heads; 1: one score for all heads"),
        FIELD(EvictionScores, S).about("sequences"),
        FIELD(EvictionScores, layout).one_of("thd|bhtd").about(
            "thd: values [H,T], scores [Hkv,T]; bhtd: [S,H,L] and [S,Hkv,L] with T = S L"),
        FIELD(EvictionScores, values).dims("H,T").about("attention that each key got, as fai of attention_metrics"),
        FIELD(EvictionScores, offsets).dims("S+1").host().about("first token of each sequence, then T"),
        FIELD(EvictionScores, window).at_least(0).about("keys at the end of a sequence that are kept"),
        FIELD(EvictionScores, kernel).range(1, 1048575).about("keys that are pooled, an odd number; 1: none"),
        FIELD(EvictionScores, pooling).one_of("avg|max").about(
            "avg: sum over the kernel / kernel, keys outside count as 0; max: over those that there are"),
        FIELD(EvictionScores, scores).dims("Hkv,T").about("0 where the window is the whole sequence"),
    };
    return list;
  }

  static std::optional<Failure> check(const EvictionScores& a) {
    if (a.H % a.Hkv != 0) {
      return Failure{"ERR_SHAPE", "H", "a multiple of Hkv = " + std::to_string(a.Hkv), std::to_string(a.H)};
    }
    if (a.kernel % 2 == 0) {
      return Failure{"ERR_RANGE", "kernel", "an odd number", std::to_string(int64_t{a.kernel})};
    }
    if (auto failure = check_offsets(a.offsets, a.T)) return failure;
    for (int64_t s = 0; s < a.S && a.layout.index == 1; ++s) {
      const int64_t length = a.offsets[s + 1] - a.offsets[s];
      if (length * a.S == a.T) continue;
      return Failure{"ERR_SHAPE", "offsets", "sequences of one length in layout bhtd",
                     std::to_string(length) + " tokens in sequence " + std::to_string(s)};
    }
    return std::nullopt;
  }
};

}  // namespace anacrusis
