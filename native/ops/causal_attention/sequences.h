// What the attention ops ask of packed sequences and head groups beyond their fields.
#pragma once

#include <optional>
#include <string>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

inline std::optional<Failure> check_head_groups(int64_t H, int64_t Hkv) {
  if (H % Hkv == 0) return std::nullopt;
  return Failure{"ERR_SHAPE", "H", "a multiple of Hkv = " + std::to_string(Hkv), std::to_string(H)};
}

inline std::optional<Failure> check_offsets(View<const int32_t> offsets, int64_t S, int64_t T) {
  const auto refuse = [&](int64_t i, const std::string& expected) {
    return Failure{"ERR_RANGE", "offsets[" + std::to_string(i) + "]", expected,
                   std::to_string(offsets[i])};
  };
  if (offsets[0] != 0) return refuse(0, "0, where the first sequence begins");
  for (int64_t i = 0; i < S; ++i) {
    if (offsets[i + 1] < offsets[i]) {
      return refuse(i + 1, "at least the offset before it, " + std::to_string(offsets[i]));
    }
  }
  if (offsets[S] != T) return refuse(S, "T = " + std::to_string(T) + ", where the last one ends");
  return std::nullopt;
}

}  // namespace anacrusis
