// Tokens of a vocabulary that were drawn, one per row of logits.
#pragma once

#include <optional>
#include <string>

#include "runtime/failure.h"
#include "runtime/view.h"

namespace anacrusis {

// Of gradients in the type of the logits or hidden states.
#define ANACRUSIS_ABOUT_F16_GRADIENTS "In f16 below 3e-8 becomes 0, above 65504 infinite: scale the loss, or take bf16"

FORMULA bool in_vocabulary(int64_t target, int64_t V) { return target >= 0 && target < V; }

inline std::optional<Failure> check_targets(View<const int32_t> targets, int64_t V,
                                            bool ignore_outside) {
  if (ignore_outside) return std::nullopt;
  for (int64_t i = 0; i < targets.size; ++i) {
    if (in_vocabulary(targets[i], V)) continue;
    return Failure{"ERR_RANGE", "targets[" + std::to_string(i) + "]",
                   "0.." + std::to_string(V - 1) + " (ignore_outside leaves such rows out)",
                   std::to_string(targets[i])};
  }
  return std::nullopt;
}

}  // namespace anacrusis
