#pragma once

#include "math/clipped_value.h"
#include "ops/packed_sequences.h"
#include "runtime/field.h"

namespace anacrusis {

// Loss of a value function and its derivative per token (math/clipped_value.h, math/aggregation.h).
struct ValueLoss {
  Dim T, S;
  View<const float> values, old_values, returns;
  View<const uint8_t> mask;
  View<const int32_t> offsets;
  Choice scale;
  double clip;
  Choice aggregation;
  double denominator;
  View<double> loss;
  View<float> dvalues;
  View<double> metrics;
  View<int32_t> numerator;

  // Places in `metrics`.
  enum Metric : int32_t {
    kNumerator, kTokens, kSequences, kClipped, kErrors, kErrorSquares, kReturns, kReturnSquares,
    kLargestError, kNotFinite, kMetrics
  };

  static constexpr const char* name = "value_loss";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Squared error of values against returns over packed sequences, with PPO's clipping where old values are given, "
      "divided by a denominator that counts over the whole optimiser batch.";

  static std::span<const Field> fields() {
    using Op = ValueLoss;
    static constexpr Field list[] = {
        FIELD(Op, T).about("tokens or steps of all sequences"),
        FIELD(Op, S).about("sequences"),
        FIELD(Op, values).dims("T").about("V(s_t) of the value function that learns"),
        FIELD(Op, old_values).dims("T").optional().about("V(s_t) when the steps were taken: clipping around it"),
        FIELD(Op, returns).dims("T").about("what the values ought to be"),
        FIELD(Op, mask).dims("T").values("0", "1").about("1: the step counts"),
        FIELD(Op, offsets).dims("S+1").host().values("0", "T").about(
            "where each sequence begins, rising from 0; the last entry is T"),
        FIELD(Op, scale).one_of("half|full").about("half the squared error, whose derivative is the error, or all of it"),
        FIELD(Op, clip).at_least(0).about("how far a value may move from its old one"),
        FIELD(Op, aggregation)
            .one_of("token-mean|seq-mean-token-mean|seq-mean-token-sum|seq-mean-token-sum-norm")
            .about("how steps and sequences are averaged"),
        FIELD(Op, denominator).above(0).about(
            "over the whole optimiser batch: its unmasked steps (token-mean), its sequences with an unmasked step "
            "(seq-mean-*), those times the norm constant (seq-mean-token-sum-norm)"),
        FIELD(Op, loss).dims("1").about("numerator / denominator"),
        FIELD(Op, dvalues).dims("T").about("derivative of the loss by values"),
        FIELD(Op, metrics).dims("10").about(
            "over unmasked steps: numerator of the loss, steps, sequences that hold one, steps whose clipped branch "
            "binds; sums of returns - values and of its square, of returns and of their squares; largest |returns - "
            "values| (NaN passed over); steps with an input that is not finite"),
        FIELD(Op, numerator).dims("12").optional().about(
            "the numerator before it was rounded: a sum that exact_sum adds to others'"),
    };
    return list;
  }

  static std::optional<Failure> check(const ValueLoss& a) { return check_offsets(a.offsets, a.S, a.T); }
};

}  // namespace anacrusis
