// Sequences packed one after another in [T] or [T, ...]; ops take their offsets [S+1].
#pragma once

#include <optional>
#include <string>

#include "runtime/failure.h"
#include "runtime/view.h"

namespace anacrusis {

// offsets must rise from 0 to T.
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
