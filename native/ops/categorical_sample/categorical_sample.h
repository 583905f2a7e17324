#pragma once

#include <optional>
#include <string>

#include "math/formula.h"
#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// One token per row of logits.
struct CategoricalSample {
  Dim N, V;
  View<const float> logits;
  double temperature;
  Integer seed;
  View<const int32_t> stream, step;
  bool greedy;
  View<int32_t> token;
  View<float> logp;

  static constexpr const char* name = "categorical_sample";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Draws a token from softmax(logits / temperature) by inversion of the cumulative sum; the draw is a "
      "function of seed, stream and step alone (math/philox.h), so a sequence gets the same one in any "
      "batch. A logit of -inf is never drawn; every row needs a largest logit that is finite and no NaN.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(CategoricalSample, N).about("rows"),
        FIELD(CategoricalSample, V).at_least(1).about("vocabulary"),
        FIELD(CategoricalSample, logits).dims("N,V").about("unnormalised log-probabilities"),
        FIELD(CategoricalSample, temperature).at_least(1e-6).about("divisor of the logits"),
        FIELD(CategoricalSample, seed).range(0, 9007199254740991.0).about("key of the generator"),
        FIELD(CategoricalSample, stream).dims("N").about("which sequence a row belongs to"),
        FIELD(CategoricalSample, step).dims("N").about("which token of its sequence it draws"),
        FIELD(CategoricalSample, greedy).about("take the largest logit instead, the first among equals"),
        FIELD(CategoricalSample, token).dims("N").about(
            "tokens; on a device, where nobody looks at the logits first, -1 with logp NaN for a row that "
            "has no largest logit, or NaN or infinity among them"),
        FIELD(CategoricalSample, logp).dims("N").about("their log-probability at the temperature"),
    };
    return list;
  }

  static std::optional<Failure> check_values(const CategoricalSample& a) {
    for (int64_t row = 0; row < a.N; ++row) {
      const float* const logits = a.logits.data + row * a.V;
      int32_t below_infinity = 1, above_infinity = 0;  // as integers the loop vectorises; NaN is neither
      for (int64_t i = 0; i < a.V; ++i) {
        below_infinity &= logits[i] < INFINITY ? 1 : 0;
        above_infinity |= logits[i] > -INFINITY ? 1 : 0;
      }
      if (below_infinity != 0 && above_infinity != 0) continue;
      return Failure{"ERR_RANGE", "logits", "finite numbers or -inf, and not all of a row -inf",
                     below_infinity != 0 ? "row " + std::to_string(row) + " with nothing but -inf"
                                    : "row " + std::to_string(row) + " with NaN or +inf"};
    }
    return std::nullopt;
  }
};

}  // namespace anacrusis
