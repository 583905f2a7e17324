#pragma once

#include <optional>
#include <string>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// WAAD, FAI and head span of attention maps that exist (math/attention_metrics.h).
struct AttentionMetricsFromMaps {
  Dim B, H, T;
  Choice dtype;
  FloatsIn maps;
  bool normalized;
  View<const int32_t> query_begin, query_end;
  Integer window, h_lo, h_hi, exclude_sink;
  View<const uint8_t> local_heads, global_heads;
  View<float> waad, fai;
  View<int32_t> horizon;
  View<float> span;
  View<int32_t> span_rows;

  static constexpr const char* name = "attention_metrics_from_maps";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Attention rhythm of causal maps that were kept (2510.13554, eq. 7, 9, 10): the weights as they "
      "are, not divided by their sum. The lower triangle is read once, what is above it never.";

  static std::span<const Field> fields() {
    using Op = AttentionMetricsFromMaps;
    static constexpr Field list[] = {
        FIELD(Op, B).about("sequences"),
        FIELD(Op, H).about("heads"),
        FIELD(Op, T).about("tokens of a sequence"),
        FIELD(Op, dtype).one_of("f32|bf16|f16").about("of maps"),
        FIELD(Op, maps).dims("B,H,T,T").dtype_of("dtype").about("weight of each key (last) for each query"),
        FIELD(Op, normalized).about(
            "rows add up to 1: then, without span, only the keys in the window and in the horizon are "
            "read; what a row lacks to 1 moves WAAD by W times as much"),
        FIELD(Op, query_begin).dims("B").host().about("first row that counts as a query"),
        FIELD(Op, query_end).dims("B").host().about("one past the last such row"),
        FIELD(Op, window).at_least(1).about("W: distances are cut at it"),
        FIELD(Op, h_lo).at_least(0).about("nearest distance of a key's horizon"),
        FIELD(Op, h_hi).at_least(0).about("furthest distance of it, at least h_lo"),
        FIELD(Op, exclude_sink).at_least(0).about(
            "keys at the start of a sequence whose distances are left out of the span"),
        FIELD(Op, local_heads).dims("H").values("0", "1").host().optional().about(
            "1: WAAD of the head is wanted (others get 0); all of them without it"),
        FIELD(Op, global_heads).dims("H").values("0", "1").host().optional().about(
            "1: FAI of the head is wanted (others get 0); all of them without it"),
        FIELD(Op, waad).dims("B,H,T").optional().about("0 outside of the queries"),
        FIELD(Op, fai).dims("B,H,T").optional().about("per key; 0 where the horizon is empty"),
        FIELD(Op, horizon).dims("B,T").optional().about("queries in the horizon of each key"),
        FIELD(Op, span).dims("B,H").optional().about(
            "mean backward distance over the queries of a sequence; 0 where there is none"),
        FIELD(Op, span_rows).dims("B").optional().about("queries of each sequence"),
    };
    return list;
  }

  static std::optional<Failure> check(const AttentionMetricsFromMaps& a) {
    if (a.h_hi < a.h_lo) {
      return Failure{"ERR_RANGE", "h_hi", "at least h_lo = " + std::to_string(int64_t{a.h_lo}),
                     std::to_string(int64_t{a.h_hi})};
    }
    for (int64_t b = 0; b < a.B; ++b) {
      const int64_t begin = a.query_begin[b], end = a.query_end[b];
      if (begin >= 0 && begin <= end && end <= a.T) continue;
      return Failure{"ERR_RANGE", "query_end[" + std::to_string(b) + "]",
                     "0 <= query_begin <= query_end <= T = " + std::to_string(a.T),
                     std::to_string(begin) + " and " + std::to_string(end)};
    }
    return std::nullopt;
  }
};

}  // namespace anacrusis
