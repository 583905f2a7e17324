#pragma once

#include "ops/causal_attention/sequences.h"

namespace anacrusis {

// Gradient of causal_attention.
struct CausalAttentionBackward {
  Dim T, H, Hkv, D, S;
  View<const float> q, k, v;
  View<const int32_t> offsets;
  double scale;
  View<const float> y, lse, dy;
  View<float> dq, dk, dv;

  static constexpr const char* name = "causal_attention_backward";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Gradient of causal_attention. The weights come back from the scores and lse, tile by tile "
      "(2205.14135, algorithm 4).";

  static std::span<const Field> fields() {
    using Op = CausalAttentionBackward;
    static constexpr Field list[] = {
        FIELD(Op, T).about("tokens of all sequences"),
        FIELD(Op, H).at_least(1).about("query heads, a multiple of Hkv"),
        FIELD(Op, Hkv).at_least(1).about("key and value heads"),
        FIELD(Op, D).at_least(1).about("head size"),
        FIELD(Op, S).about("sequences"),
        FIELD(Op, q).dims("T,H,D").about("queries"),
        FIELD(Op, k).dims("T,Hkv,D").about("keys"),
        FIELD(Op, v).dims("T,Hkv,D").about("values"),
        FIELD(Op, offsets).dims("S+1").host().values("0", "T").about("as in causal_attention"),
        FIELD(Op, scale).about("factor of the scores, as in causal_attention"),
        FIELD(Op, y).dims("T,H,D").about("output of causal_attention"),
        FIELD(Op, lse).dims("H,T").about("output of causal_attention"),
        FIELD(Op, dy).dims("T,H,D").about("gradient of the loss by y"),
        FIELD(Op, dq).dims("T,H,D").about("gradient by q"),
        FIELD(Op, dk).dims("T,Hkv,D").about("gradient by k"),
        FIELD(Op, dv).dims("T,Hkv,D").about("gradient by v"),
    };
    return list;
  }

  static std::optional<Failure> check(const CausalAttentionBackward& a) {
    if (auto failure = check_head_groups(a.H, a.Hkv)) return failure;
    return check_offsets(a.offsets, a.S, a.T);
  }
};

}  // namespace anacrusis
