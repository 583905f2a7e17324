#pragma once

#include <optional>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// What attention reads, out of one product for queries, keys and values (math/rms_norm.h,
// math/rotary.h).
struct QkvCacheWrite {
  Dim R, slots, C, H, Hkv, D, half, P;
  View<const float> qkv, q_norm, k_norm;
  double eps;
  View<const float> cos, sin;
  View<const int32_t> slot, position;
  View<float> q, k_cache, v_cache;

  static constexpr const char* name = "qkv_cache_write";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Root-mean-square norm and rotary embedding of the queries and keys of new tokens; keys and values "
      "go into the cache. The bits of rms_norm, rotary_embedding and kv_cache_write one after another.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(QkvCacheWrite, R).about("new tokens, of any sequences"),
        FIELD(QkvCacheWrite, slots).about("sequences that the cache holds"),
        FIELD(QkvCacheWrite, C).about("positions of a slot"),
        FIELD(QkvCacheWrite, H).about("query heads"),
        FIELD(QkvCacheWrite, Hkv).at_least(1).about("key and value heads"),
        FIELD(QkvCacheWrite, D).at_least(1).about("head size, even"),
        FIELD(QkvCacheWrite, half).about("D / 2"),
        FIELD(QkvCacheWrite, P).about("positions of the table, at least C"),
        FIELD(QkvCacheWrite, qkv).dims("R,H+2*Hkv,D").about("query heads, key heads, value heads"),
        FIELD(QkvCacheWrite, q_norm).dims("D").about("weight of the norm of queries"),
        FIELD(QkvCacheWrite, k_norm).dims("D").about("weight of the norm of keys"),
        FIELD(QkvCacheWrite, eps).at_least(0).about("under the root"),
        FIELD(QkvCacheWrite, cos).dims("P,half").about("of rotary_table"),
        FIELD(QkvCacheWrite, sin).dims("P,half").about("of rotary_table"),
        FIELD(QkvCacheWrite, slot).dims("R").values("0", "slots-1").about("slot of each row"),
        FIELD(QkvCacheWrite, position).dims("R").values("0", "C-1").about("its place in the slot"),
        FIELD(QkvCacheWrite, q).dims("R,H,D").about("queries for decode_attention"),
        FIELD(QkvCacheWrite, k_cache).dims("slots,C,Hkv,D").updated().about("keys so far"),
        FIELD(QkvCacheWrite, v_cache).dims("slots,C,Hkv,D").updated().about("values so far"),
    };
    return list;
  }

  static std::optional<Failure> check(const QkvCacheWrite& a) {
    if (2 * a.half != a.D) {
      return Failure{"ERR_SHAPE", "half", "half of D = " + std::to_string(a.D), std::to_string(a.half)};
    }
    if (a.P >= a.C) return std::nullopt;
    return Failure{"ERR_RANGE", "P", "at least C = " + std::to_string(a.C), std::to_string(a.P)};
  }
};

}  // namespace anacrusis
