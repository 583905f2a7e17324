#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Divergence of a policy from a reference, per token (math/kl.h).
struct ApproxKl {
  Dim T;
  View<const float> logp, ref_logp;
  View<const uint8_t> mask;
  Choice estimator;
  View<float> kl, slope;

  static constexpr const char* name = "approx_kl";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Estimates of KL[policy || reference] from tokens that the policy drew (Schulman, 2020). "
      "With d = ref_logp - logp: k1 = -d, k2 = d^2 / 2, k3 = exp(d) - 1 - d. Masked tokens get 0.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(ApproxKl, T).about("tokens"),
        FIELD(ApproxKl, logp)
            .dims("T")
            .about("log-probability under the policy that drew the tokens, nats"),
        FIELD(ApproxKl, ref_logp).dims("T").about("log-probability under the reference, nats"),
        FIELD(ApproxKl, mask).dims("T").values("0", "1").optional().about("1: the token counts"),
        FIELD(ApproxKl, estimator).one_of("k1|k2|k3").about("which of the three"),
        FIELD(ApproxKl, kl).dims("T").about("estimate, nats"),
        FIELD(ApproxKl, slope).dims("T").optional().about("derivative of kl by logp"),
    };
    return list;
  }
};

}  // namespace anacrusis
