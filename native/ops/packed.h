// Sequences packed one after another: sequence s holds the tokens offsets[s] .. offsets[s+1]-1.
#pragma once

#include <optional>
#include <string>

#include "runtime/failure.h"
#include "runtime/view.h"

namespace anacrusis {

inline std::optional<Failure> check_offsets(View<const int32_t> offsets, int64_t T) {
  const auto refuse = [&](int64_t i, const std::string& expected) {
    return Failure{"ERR_RANGE", "offsets[" + std::to_string(i) + "]", expected,
                   std::to_string(offsets[i])};
  };
  const int64_t S = offsets.size - 1;
  if (offsets[0] != 0) return refuse(0, "0, where the first sequence begins");
  for (int64_t s = 0; s < S; ++s) {
    if (offsets[s + 1] < offsets[s]) return refuse(s + 1, "at least the offset before it");
  }
  if (offsets[S] != T) return refuse(S, std::to_string(T) + ", the number of tokens");
  return std::nullopt;
}

}  // namespace anacrusis
