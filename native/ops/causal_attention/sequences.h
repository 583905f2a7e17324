// What the attention ops ask of their arguments beyond the fields.
#pragma once

#include <optional>
#include <string>

#include "ops/packed_sequences.h"
#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

inline std::optional<Failure> check_head_groups(int64_t H, int64_t Hkv) {
  if (H % Hkv == 0) return std::nullopt;
  return Failure{"ERR_SHAPE", "H", "a multiple of Hkv = " + std::to_string(Hkv), std::to_string(H)};
}

}  // namespace anacrusis
