#pragma once

#include <optional>
#include <string>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// One optimiser step for a list of tensors (math/adamw.h).
struct Adamw {
  Dim K;
  Views<float> params;
  Views<const float> grads;
  Views<float> m, v;
  View<const uint8_t> decay;
  Integer step;
  double lr, beta1, beta2, eps, weight_decay, grad_scale;

  static constexpr const char* name = "adamw";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "One step of AdamW (1711.05101) with bias correction, for many tensors in one call.";

  static std::span<const Field> fields() {
    constexpr double kBelow1 = 0.9999999999999999;
    static constexpr Field list[] = {
        FIELD(Adamw, K).about("tensors"),
        FIELD(Adamw, params).updated().about("parameters"),
        FIELD(Adamw, grads).lengths_of("params").about("gradient of the loss by each parameter"),
        FIELD(Adamw, m).lengths_of("params").updated().about("first moments, 0 before step 1"),
        FIELD(Adamw, v).lengths_of("params").updated().about("second moments, 0 before step 1"),
        FIELD(Adamw, decay)
            .dims("K")
            .host()
            .values("0", "1")
            .about("1: weight decay applies to the tensor"),
        FIELD(Adamw, step).at_least(1).about("steps taken, this one included"),
        FIELD(Adamw, lr).at_least(0).about("learning rate"),
        FIELD(Adamw, beta1).range(0, kBelow1).about("decay rate of the first moment"),
        FIELD(Adamw, beta2).range(0, kBelow1).about("decay rate of the second moment"),
        FIELD(Adamw, eps).above(0).about("added to the root of the second moment"),
        FIELD(Adamw, weight_decay).at_least(0).about("a step multiplies by 1 - lr * weight_decay"),
        FIELD(Adamw, grad_scale).at_least(0).about("factor of every gradient, for clipping"),
    };
    return list;
  }

  static std::optional<Failure> check(const Adamw& a) {
    if (a.K == a.params.count) return std::nullopt;
    return Failure{"ERR_SHAPE", "K", std::to_string(a.params.count) + ", the arrays in params",
                   std::to_string(a.K)};
  }
};

}  // namespace anacrusis
