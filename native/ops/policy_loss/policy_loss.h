#pragma once

#include "ops/packed_sequences.h"
#include "runtime/field.h"

namespace anacrusis {

// Clipped policy loss and its gradient by logp (math/clipped_surrogate.h, math/aggregation.h).
struct PolicyLoss {
  Dim T, S;
  View<const float> logp, old_logp, advantages;
  View<const uint8_t> mask;
  View<const int32_t> offsets;
  double clip_low, clip_high;
  Choice aggregation;
  double denominator;
  View<double> loss;
  View<float> dlogp;
  View<double> metrics;

  static constexpr const char* name = "policy_loss";
  static constexpr const char* about =
      "Clipped policy loss (1707.06347, eq. 7) over packed sequences, divided by a denominator "
      "that counts "
      "over the whole optimiser batch, so that parts of a batch add up to its loss.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(PolicyLoss, T).about("tokens of all sequences"),
        FIELD(PolicyLoss, S).about("sequences"),
        FIELD(PolicyLoss, logp)
            .dims("T")
            .about("log-probability under the policy that learns, nats"),
        FIELD(PolicyLoss, old_logp)
            .dims("T")
            .about("log-probability under the policy that drew the tokens"),
        FIELD(PolicyLoss, advantages).dims("T").about("A_t"),
        FIELD(PolicyLoss, mask).dims("T").values("0", "1").about("1: the token counts"),
        FIELD(PolicyLoss, offsets)
            .dims("S+1")
            .host()
            .values("0", "T")
            .about("where each sequence begins, rising from 0; the last entry is T"),
        FIELD(PolicyLoss, clip_low).at_least(0).about("the ratio is clipped below 1 - clip_low"),
        FIELD(PolicyLoss, clip_high).at_least(0).about("the ratio is clipped above 1 + clip_high"),
        FIELD(PolicyLoss, aggregation)
            .one_of("token-mean|seq-mean-token-mean|seq-mean-token-sum|seq-mean-token-sum-norm")
            .about("how tokens and sequences are averaged"),
        FIELD(PolicyLoss, denominator)
            .above(0)
            .about("over the whole optimiser batch: its unmasked tokens (token-mean), its "
                   "sequences with an unmasked "
                   "token (seq-mean-*), those times the norm constant (seq-mean-token-sum-norm)"),
        FIELD(PolicyLoss, loss).dims("1").about("numerator / denominator"),
        FIELD(PolicyLoss, dlogp).dims("T").about("gradient of the loss by logp"),
        FIELD(PolicyLoss, metrics)
            .dims("8")
            .about("over unmasked tokens: numerator of the loss, tokens, sequences that hold one, "
                   "tokens whose clipped "
                   "branch binds, sum of k3 and of k1 of KL[old || new], largest ratio (0 without "
                   "tokens; NaN passed "
                   "over), tokens with a log-ratio, ratio or advantage that is not finite"),
    };
    return list;
  }

  static std::optional<Failure> check(const PolicyLoss& a) {
    return check_offsets(a.offsets, a.S, a.T);
  }
};

}  // namespace anacrusis
