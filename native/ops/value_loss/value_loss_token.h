// One token of value_loss. Both back ends run it.
#pragma once

#include "math/aggregation.h"
#include "math/masked.h"
#include "value_loss.h"

namespace anacrusis {

// Sums over tokens, but for the largest error; masked tokens have only zeros.
struct ValueTally {
  float clipped, largest, not_finite;
  double error, error_square, target, target_square;
};

struct ValueInputs {
  const float *values, *old_values, *returns;
  const uint8_t* mask;
  float c, clip;
  bool clips;

  explicit ValueInputs(const ValueLoss& a)
      : values(a.values.data),
        old_values(a.old_values ? a.old_values.data : a.values.data),
        returns(a.returns.data),
        mask(a.mask.data),
        c(a.scale.index == 0 ? 0.5f : 1.0f),
        clip(static_cast<float>(a.clip)),
        clips(static_cast<bool>(a.old_values)) {}

  FORMULA_METHOD math::ValueTerms terms(int64_t i, ValueTally& tally) const {
    const uint8_t counts = mask[i];
    const float value = math::masked(values[i], counts), target = math::masked(returns[i], counts);
    const float old_value = math::masked(old_values[i], counts);
    const math::ValueTerms free = math::squared_value_loss(value, target, c);
    const math::ValueTerms clipped = math::clipped_value_loss(value, old_value, target, clip, c);
    const float error = target - value, size = error < 0.0f ? -error : error;
    const bool finite = value - value == 0.0f && target - target == 0.0f && old_value - old_value == 0.0f;
    const math::ValueTerms t = {clips ? clipped.loss : free.loss, clips ? clipped.slope : free.slope,
                                clips ? clipped.clipped : 0.0f};
    tally = {t.clipped, size, finite ? 0.0f : 1.0f, error, 0.0, target, 0.0};
    tally.error_square = tally.error * tally.error;
    tally.target_square = tally.target * tally.target;
    return t;
  }
};

}  // namespace anacrusis
