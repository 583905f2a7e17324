#pragma once

#include "runtime/field.h"

namespace anacrusis {

// dtable[ids[t]] += dy[t].
struct EmbeddingBackward {
  Dim V, D, T;
  View<const int32_t> ids;
  View<const float> dy;
  View<float> dtable;

  static constexpr const char* name = "embedding_backward";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Gradient of embedding: dtable[ids[t]] += dy[t], tokens in their order.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(EmbeddingBackward, V).about("vocabulary: rows of the table"),
        FIELD(EmbeddingBackward, D).about("width of a row"),
        FIELD(EmbeddingBackward, T).about("tokens"),
        FIELD(EmbeddingBackward, ids).dims("T").values("0", "V-1").about("token ids"),
        FIELD(EmbeddingBackward, dy).dims("T,D").about("gradient of the loss by y"),
        FIELD(EmbeddingBackward, dtable).dims("V,D").updated().about("gradient by the table, added to"),
    };
    return list;
  }
};

}  // namespace anacrusis
