#pragma once

#include "runtime/field.h"

namespace anacrusis {

// y[t] = table[ids[t]].
struct Embedding {
  Dim V, D, T;
  View<const float> table;
  View<const int32_t> ids;
  View<float> y;

  static constexpr const char* name = "embedding";
  static constexpr bool on_cuda = true;
  static constexpr const char* about = "Rows of a table: y[t] = table[ids[t]].";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Embedding, V).about("vocabulary: rows of the table"),
        FIELD(Embedding, D).about("width of a row"),
        FIELD(Embedding, T).about("tokens"),
        FIELD(Embedding, table).dims("V,D").about("one row per token id"),
        FIELD(Embedding, ids).dims("T").values("0", "V-1").about("token ids"),
        FIELD(Embedding, y).dims("T,D").about("the rows asked for"),
    };
    return list;
  }
};

}  // namespace anacrusis
