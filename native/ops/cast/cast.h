#pragma once

#include "runtime/field.h"

namespace anacrusis {

// Floats in another type (math/float16.h).
struct Cast {
  Dim n;
  Choice from, to;
  FloatsIn x;
  FloatsOut y;

  static constexpr const char* name = "cast";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Floats in another type: widening is exact, narrowing rounds to nearest, ties to even; what is too "
      "large becomes infinity, NaN stays NaN.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Cast, n).about("elements"),
        FIELD(Cast, from).one_of("f32|bf16|f16").about("type of x"),
        FIELD(Cast, to).one_of("f32|bf16|f16").about("type of y"),
        FIELD(Cast, x).dims("n").dtype_of("from").about("elements to convert"),
        FIELD(Cast, y).dims("n").dtype_of("to").about("the same, rounded"),
    };
    return list;
  }
};

// Map tier: both back ends run it.
template <class From, class To>
struct CastElement {
  const From* x;
  To* y;

  FORMULA_METHOD void operator()(int64_t i) const {
    y[i] = math::Narrow<To>::from(math::to_float(x[i]));
  }
};

// f(CastElement<From, To>) of the call's two types.
template <class F>
void visit_cast(const Cast& a, const F& f) {
  for_float_type(a.x.dtype, [&](auto from) {
    for_float_type(a.y.dtype, [&](auto to) {
      using From = decltype(from);
      using To = decltype(to);
      f(CastElement<From, To>{a.x.as<const From>().data, a.y.as<To>().data});
    });
  });
}

}  // namespace anacrusis
