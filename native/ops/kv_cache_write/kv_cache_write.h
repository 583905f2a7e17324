#pragma once

#include "runtime/field.h"

namespace anacrusis {

// k_cache[slot, position] = k and v_cache[slot, position] = v, row by row.
struct KvCacheWrite {
  Dim R, slots, C, Hkv, D;
  View<const float> k, v;
  View<const int32_t> slot, position;
  View<float> k_cache, v_cache;

  static constexpr const char* name = "kv_cache_write";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Keys and values of new tokens into the cache of decode_attention. Of two rows with the same slot and "
      "position the later one stays.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(KvCacheWrite, R).about("new tokens, of any sequences"),
        FIELD(KvCacheWrite, slots).about("sequences that the cache holds"),
        FIELD(KvCacheWrite, C).about("positions of a slot"),
        FIELD(KvCacheWrite, Hkv).at_least(1).about("key and value heads"),
        FIELD(KvCacheWrite, D).at_least(1).about("head size"),
        FIELD(KvCacheWrite, k).dims("R,Hkv,D").about("keys"),
        FIELD(KvCacheWrite, v).dims("R,Hkv,D").about("values"),
        FIELD(KvCacheWrite, slot).dims("R").values("0", "slots-1").about("slot of each row"),
        FIELD(KvCacheWrite, position).dims("R").values("0", "C-1").about("its place in the slot"),
        FIELD(KvCacheWrite, k_cache).dims("slots,C,Hkv,D").updated().about("keys so far"),
        FIELD(KvCacheWrite, v_cache).dims("slots,C,Hkv,D").updated().about("values so far"),
    };
    return list;
  }
};

}  // namespace anacrusis
