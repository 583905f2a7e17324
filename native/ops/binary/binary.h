#pragma once

#include <optional>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// y = f(a, b) with broadcasting (math/binary.h).
struct Binary {
  Dim d0, d1, d2, d3, A, B;
  View<const float> a, b;
  Integer a_s0, a_s1, a_s2, a_s3, b_s0, b_s1, b_s2, b_s3;
  Choice fn;
  View<float> y;

  static constexpr const char* name = "binary";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "y = f(a, b) with broadcasting: element (i0, i1, i2, i3) of y takes a[i0 a_s0 + i1 a_s1 + i2 a_s2 "
      "+ i3 a_s3], and b likewise.";

  static std::span<const Field> fields() {
    constexpr double kFurthest = 9007199254740991.0;  // 2^53 - 1
    static constexpr Field list[] = {
        FIELD(Binary, d0).about("size of y along axis 0; 1 for an axis that is not there"),
        FIELD(Binary, d1).about("along axis 1"),
        FIELD(Binary, d2).about("along axis 2"),
        FIELD(Binary, d3).about("along axis 3"),
        FIELD(Binary, A).about("elements of a"),
        FIELD(Binary, B).about("elements of b"),
        FIELD(Binary, a).dims("A").about("left argument"),
        FIELD(Binary, b).dims("B").about("right argument"),
        FIELD(Binary, a_s0).range(0, kFurthest).about("elements from one index of axis 0 to the next "
                                                      "in a; 0 repeats a along the axis"),
        FIELD(Binary, a_s1).range(0, kFurthest).about("stride of a along axis 1"),
        FIELD(Binary, a_s2).range(0, kFurthest).about("stride of a along axis 2"),
        FIELD(Binary, a_s3).range(0, kFurthest).about("stride of a along axis 3"),
        FIELD(Binary, b_s0).range(0, kFurthest).about("stride of b along axis 0"),
        FIELD(Binary, b_s1).range(0, kFurthest).about("stride of b along axis 1"),
        FIELD(Binary, b_s2).range(0, kFurthest).about("stride of b along axis 2"),
        FIELD(Binary, b_s3).range(0, kFurthest).about("stride of b along axis 3"),
        FIELD(Binary, fn).one_of("add|sub|mul|div|max|min").about("f; max and min pass NaN on"),
        FIELD(Binary, y).dims("d0,d1,d2,d3").may_alias("a").about(
            "f(a, b); it may be a where a has the shape of y"),
    };
    return list;
  }

  // The last element that the strides reach, or -1 where a product passes 2^63.
  static int64_t furthest(const int64_t (&sizes)[4], const int64_t (&strides)[4]) {
    int64_t last = 0, part = 0;
    for (int axis = 0; axis < 4; ++axis) {
      if (__builtin_mul_overflow(sizes[axis] - 1, strides[axis], &part)) return -1;
      if (__builtin_add_overflow(last, part, &last)) return -1;
    }
    return last;
  }

  static std::optional<Failure> check(const Binary& x) {
    const int64_t sizes[] = {x.d0, x.d1, x.d2, x.d3};
    const int64_t a_strides[] = {x.a_s0, x.a_s1, x.a_s2, x.a_s3};
    const int64_t b_strides[] = {x.b_s0, x.b_s1, x.b_s2, x.b_s3};
    int64_t n = 1;
    for (const int64_t size : sizes) n *= size;
    if (n == 0) return std::nullopt;
    const auto reach = [&](const char* parameter, const int64_t(&strides)[4], int64_t elements) {
      const int64_t last = furthest(sizes, strides);
      return last >= 0 && last < elements
                 ? std::optional<Failure>()
                 : Failure{"ERR_SHAPE", parameter,
                           last < 0 ? std::string("strides that stay below 2^63")
                                    : std::to_string(last + 1) + " elements, which its strides reach",
                           std::to_string(elements) + " elements"};
    };
    if (auto failure = reach("a", a_strides, x.A)) return failure;
    if (auto failure = reach("b", b_strides, x.B)) return failure;
    if (x.y.data != x.a.data) return std::nullopt;
    int64_t stride = 1;
    for (int axis = 3; axis >= 0; stride *= sizes[axis--]) {
      if (sizes[axis] == 1 || a_strides[axis] == stride) continue;
      return Failure{"ERR_ALIAS", "y", "memory of its own, as a is not laid out like y",
                     "memory shared with a"};
    }
    return std::nullopt;
  }
};

}  // namespace anacrusis
