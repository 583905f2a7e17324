// Scan tier: one row of gae, from the last step to the first. Both back ends run this row step.
#pragma once

#include "gae.h"
#include "math/gae.h"

namespace anacrusis {

struct GaeRow {
  Gae a;

  FORMULA_METHOD void operator()(int64_t row) const {
    const float gamma = static_cast<float>(a.gamma);
    const float gae_lambda = static_cast<float>(a.gae_lambda);
    bool last = true;
    math::GaeState after{0.0f, a.last_values ? a.last_values[row] : 0.0f};
    for (int64_t i = (row + 1) * a.T - 1; i >= row * a.T; --i) {
      if (a.mask && a.mask[i] == 0) {
        a.advantages[i] = 0.0f;
        a.returns[i] = 0.0f;
        continue;
      }
      const bool truncated = a.truncated && a.truncated[i] != 0;
      if (a.next_values) {
        after.next_value = a.next_values[i];
      } else if (truncated && !last) {
        after.next_value = NAN;  // the CPU refuses such a call
      }
      last = false;
      after = math::gae_step(after, a.rewards[i], a.values[i], a.terminated[i] != 0,
                             truncated, gamma, gae_lambda);
      a.advantages[i] = after.advantage;
      a.returns[i] = after.advantage + a.values[i];
    }
  }
};

}  // namespace anacrusis
