#pragma once

#include "ops/causal_attention/sequences.h"

namespace anacrusis {

// Attention of single queries over a cache of keys and values.
struct DecodeAttention {
  Dim R, slots, C, H, Hkv, D;
  View<const float> q, k_cache, v_cache;
  View<const int32_t> slot, length;
  double scale;
  View<float> y;

  static constexpr const char* name = "decode_attention";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Softmax attention (1706.03762 eq. 1) of one query per row over the first keys of its cache slot, "
      "grouped queries as in causal_attention. A row has the same bits alone and in any batch.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(DecodeAttention, R).about("rows: new tokens"),
        FIELD(DecodeAttention, slots).about("sequences that the cache holds"),
        FIELD(DecodeAttention, C).about("positions of a slot"),
        FIELD(DecodeAttention, H).at_least(1).about("query heads, a multiple of Hkv"),
        FIELD(DecodeAttention, Hkv).at_least(1).about("key and value heads"),
        FIELD(DecodeAttention, D).at_least(1).about("head size"),
        FIELD(DecodeAttention, q).dims("R,H,D").about("queries"),
        FIELD(DecodeAttention, k_cache).dims("slots,C,Hkv,D").about("keys"),
        FIELD(DecodeAttention, v_cache).dims("slots,C,Hkv,D").about("values"),
        FIELD(DecodeAttention, slot).dims("R").values("0", "slots-1").about("slot of each row"),
        FIELD(DecodeAttention, length).dims("R").values("1", "C").about("keys seen: positions 0 to length - 1"),
        FIELD(DecodeAttention, scale).about("factor of the scores, 1/sqrt(D) as a rule"),
        FIELD(DecodeAttention, y).dims("R,H,D").about("weighted values"),
    };
    return list;
  }

  static std::optional<Failure> check(const DecodeAttention& a) {
    return check_head_groups(a.H, a.Hkv);
  }
};

}  // namespace anacrusis
