#pragma once

#include "sequences.h"

namespace anacrusis {

// Causal softmax attention over packed sequences.
struct CausalAttention {
  Dim T, H, Hkv, D, S;
  View<const float> q, k, v;
  View<const int32_t> offsets;
  double scale;
  View<float> y, lse;

  static constexpr const char* name = "causal_attention";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Causal softmax attention (1706.03762 eq. 1) over packed sequences, grouped queries (2305.13245): "
      "query head h reads key head h / (H / Hkv). Scores are never stored as a whole (2205.14135).";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(CausalAttention, T).about("tokens of all sequences"),
        FIELD(CausalAttention, H).at_least(1).about("query heads, a multiple of Hkv"),
        FIELD(CausalAttention, Hkv).at_least(1).about("key and value heads"),
        FIELD(CausalAttention, D).at_least(1).about("head size"),
        FIELD(CausalAttention, S).about("sequences"),
        FIELD(CausalAttention, q).dims("T,H,D").about("queries"),
        FIELD(CausalAttention, k).dims("T,Hkv,D").about("keys"),
        FIELD(CausalAttention, v).dims("T,Hkv,D").about("values"),
        FIELD(CausalAttention, offsets).dims("S+1").host().values("0", "T").about(
            "sequence s holds tokens offsets[s] to offsets[s+1] - 1; from 0 to T, never falling"),
        FIELD(CausalAttention, scale).about("factor of the scores, 1/sqrt(D) as a rule"),
        FIELD(CausalAttention, y).dims("T,H,D").about("weighted values"),
        FIELD(CausalAttention, lse).dims("H,T").about("natural log-sum-exp of each row of scores"),
    };
    return list;
  }

  static std::optional<Failure> check(const CausalAttention& a) {
    if (auto failure = check_head_groups(a.H, a.Hkv)) return failure;
    return check_offsets(a.offsets, a.S, a.T);
  }
};

}  // namespace anacrusis
