#pragma once

#include "ops/packed.h"
#include "runtime/field.h"

namespace anacrusis {

// WAAD, FAI and head span from Q and K (math/attention_metrics.h).
struct AttentionMetrics {
  Dim T, H, Hkv, D, S;
  Choice layout, dtype;
  FloatsIn q, k;
  View<const int32_t> offsets, query_begin, query_end;
  double scale;
  Integer window, h_lo, h_hi, exclude_sink;
  View<const float> lse_in;
  Choice lse_form;
  View<const uint8_t> local_heads, global_heads;
  View<float> waad, fai;
  View<int32_t> horizon;
  View<float> span;
  View<int32_t> span_rows;
  View<float> lse;

  static constexpr const char* name = "attention_metrics";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Attention rhythm of causal heads without their maps (2510.13554, eq. 7, 9, 10). Outputs per "
      "token lie as [H,T] in layout thd and as [S,H,L] in layout bhtd.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(AttentionMetrics, T).about("tokens of all sequences"),
        FIELD(AttentionMetrics, H).at_least(1).about("query heads, a multiple of Hkv"),
        FIELD(AttentionMetrics, Hkv).at_least(1).about("key heads"),
        FIELD(AttentionMetrics, D).range(1, 256).about("head size"),
        FIELD(AttentionMetrics, S).about("sequences"),
        FIELD(AttentionMetrics, layout).one_of("thd|bhtd").about(
            "thd: q [T,H,D], k [T,Hkv,D]; bhtd: q [S,H,L,D], k [S,Hkv,L,D] with T = S L"),
        FIELD(AttentionMetrics, dtype).one_of("f32|bf16|f16").about("of q and k"),
        FIELD(AttentionMetrics, q).dims("T,H,D").dtype_of("dtype").about(
            "queries, as they enter the dot product"),
        FIELD(AttentionMetrics, k).dims("T,Hkv,D").dtype_of("dtype").about(
            "keys, as they enter the dot product"),
        FIELD(AttentionMetrics, offsets).dims("S+1").host().about("first token of each sequence, then T"),
        FIELD(AttentionMetrics, query_begin).dims("S").host().about(
            "first row that counts as a query, from the start of its sequence"),
        FIELD(AttentionMetrics, query_end).dims("S").host().about("one past the last such row"),
        FIELD(AttentionMetrics, scale).at_least(0).about("factor of the scores, 1/sqrt(D)"),
        FIELD(AttentionMetrics, window).at_least(1).about("W: distances are cut at it"),
        FIELD(AttentionMetrics, h_lo).at_least(0).about("nearest distance of a key's horizon"),
        FIELD(AttentionMetrics, h_hi).at_least(0).about("furthest distance of it, at least h_lo"),
        FIELD(AttentionMetrics, exclude_sink).at_least(0).about(
            "keys at the start of a sequence whose distances are left out of the span"),
        FIELD(AttentionMetrics, lse_in).dims("H,T").optional().about(
            "log-sum-exp of the rows, laid out as waad: with it, and without span and lse, only the "
            "keys in the window and in the horizon are read; an error of it moves WAAD by W times as "
            "much"),
        FIELD(AttentionMetrics, lse_form).one_of("natural|base2").about("logarithm of lse_in"),
        FIELD(AttentionMetrics, local_heads).dims("H").values("0", "1").host().optional().about(
            "1: WAAD of the head is wanted (others get 0); all of them without it"),
        FIELD(AttentionMetrics, global_heads).dims("H").values("0", "1").host().optional().about(
            "1: FAI of the head is wanted (others get 0); all of them without it"),
        FIELD(AttentionMetrics, waad).dims("H,T").optional().about("0 outside of the queries"),
        FIELD(AttentionMetrics, fai).dims("H,T").optional().about("per key; 0 where the horizon is empty"),
        FIELD(AttentionMetrics, horizon).dims("T").optional().about("queries in the horizon of each key"),
        FIELD(AttentionMetrics, span).dims("S,H").optional().about(
            "mean backward distance over the queries of a sequence; 0 where there is none"),
        FIELD(AttentionMetrics, span_rows).dims("S").optional().about("queries of each sequence"),
        FIELD(AttentionMetrics, lse).dims("H,T").optional().about(
            "natural log-sum-exp of the rows; 0 outside of the queries"),
    };
    return list;
  }

  static std::optional<Failure> check(const AttentionMetrics& a) {
    if (a.H % a.Hkv != 0) {
      return Failure{"ERR_SHAPE", "H", "a multiple of Hkv = " + std::to_string(a.Hkv),
                     std::to_string(a.H)};
    }
    if (a.h_hi < a.h_lo) {
      return Failure{"ERR_RANGE", "h_hi", "at least h_lo = " + std::to_string(int64_t{a.h_lo}),
                     std::to_string(int64_t{a.h_hi})};
    }
    if (auto failure = check_offsets(a.offsets, a.T)) return failure;
    const bool equal = a.layout.index == 1;
    for (int64_t s = 0; s < a.S; ++s) {
      const int64_t length = a.offsets[s + 1] - a.offsets[s];
      if (equal && length * a.S != a.T) {
        return Failure{"ERR_SHAPE", "offsets", "sequences of one length in layout bhtd",
                       std::to_string(length) + " tokens in sequence " + std::to_string(s)};
      }
      const int64_t begin = a.query_begin[s], end = a.query_end[s];
      if (begin >= 0 && begin <= end && end <= length) continue;
      return Failure{"ERR_RANGE", "query_end[" + std::to_string(s) + "]",
                     "0 <= query_begin <= query_end <= " + std::to_string(length) + ", its length",
                     std::to_string(begin) + " and " + std::to_string(end)};
    }
    return std::nullopt;
  }
};

}  // namespace anacrusis
