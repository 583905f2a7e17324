#pragma once

#include <optional>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// Generalised advantage estimation (math/gae.h).
struct Gae {
  Dim N, T;
  View<const float> rewards, values, next_values, last_values;
  View<const uint8_t> terminated, truncated, mask;
  double gamma, gae_lambda;
  View<float> advantages, returns;

  static constexpr const char* name = "gae";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Generalised advantage estimation (1506.02438). Masked steps get 0 and are passed over, as if "
      "the row did not hold them.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Gae, N).about("rows: environments or sequences"),
        FIELD(Gae, T).about("steps of a row"),
        FIELD(Gae, rewards).dims("N,T").about("reward of the transition out of step t"),
        FIELD(Gae, values).dims("N,T").about("V(s_t)"),
        FIELD(Gae, next_values).dims("N,T").optional().about(
            "V(s_{t+1}) of the transition itself; without it the value of the next step of the row"),
        FIELD(Gae, last_values).dims("N").optional().about(
            "value after the last step, where next_values is left out; 0 without it"),
        FIELD(Gae, terminated).dims("N,T").values("0", "1").about("1: the episode ended by itself"),
        FIELD(Gae, truncated).dims("N,T").values("0", "1").optional().about(
            "1: the episode was cut off; before the last step that counts it needs next_values"),
        FIELD(Gae, mask).dims("N,T").values("0", "1").optional().about("1: the step counts"),
        FIELD(Gae, gamma).range(0, 1).about("discount"),
        FIELD(Gae, gae_lambda).range(0, 1).about("exponential weight of the estimator"),
        FIELD(Gae, advantages).dims("N,T").about(
            "A_t; on a device NaN from a step whose truncated has no next_values but needs it, back "
            "through its episode"),
        FIELD(Gae, returns).dims("N,T").about("A_t + V(s_t)"),
    };
    return list;
  }

  // After a cut the next entry of `values` that counts belongs to another episode.
  static std::optional<Failure> check_values(const Gae& a) {
    if (!a.truncated || a.next_values) return std::nullopt;
    for (int64_t row = 0; row < a.N; ++row) {
      bool last = true;
      for (int64_t i = (row + 1) * a.T - 1; i >= row * a.T; --i) {
        if (a.mask && a.mask[i] == 0) continue;
        if (a.truncated[i] != 0 && !last) {
          return Failure{"ERR_MISSING", "next_values",
                         "an array: a step before the last is truncated, so the value of the state "
                         "that was cut off is needed",
                         "nothing"};
        }
        last = false;
      }
    }
    return std::nullopt;
  }
};

}  // namespace anacrusis
