#pragma once

#include <optional>
#include <string>

#include "math/distributions.h"
#include "ops/philox_uniform/stream_blocks.h"
#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// Random integers in [lo, hi], both included, from Philox4x32-10 (SC'11) (math/philox.h, math/distributions.h).
struct PhiloxInteger {
  Dim n;
  Integer seed, stream, offset;
  Integer lo, hi;
  View<int32_t> y;

  static constexpr const char* name = "philox_integer";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Random integers in [lo, hi], both included, from Philox4x32-10 (SC'11). Element i is a function of seed, stream and offset + i alone.";

  static std::span<const Field> fields() {
    constexpr double kMost = 9007199254740991.0;
    static constexpr Field list[] = {
        FIELD(PhiloxInteger, n).about("numbers"),
        FIELD(PhiloxInteger, seed).range(0, kMost).about("key of the generator"),
        FIELD(PhiloxInteger, stream).range(0, kMost).about("streams of one seed are independent"),
        FIELD(PhiloxInteger, offset).range(0, kMost).about("elements of the stream already used"),
        FIELD(PhiloxInteger, lo).range(-2147483648.0, 2147483647.0).about("smallest value"),
        FIELD(PhiloxInteger, hi).range(-2147483648.0, 2147483647.0).about("largest value, not below lo"),
        FIELD(PhiloxInteger, y).dims("n").about("numbers"),
    };
    return list;
  }

  static std::optional<Failure> check(const PhiloxInteger& a) {
    if (a.lo <= a.hi) return std::nullopt;
    return Failure{"ERR_RANGE", "hi", "an integer >= lo = " + std::to_string(a.lo),
                   std::to_string(a.hi)};
  }
};

struct PhiloxIntegerValues {
  static constexpr int64_t kCount = 2;
  int64_t lo;
  uint64_t n;

  FORMULA_METHOD void operator()(math::PhiloxBlock x, int32_t* out) const {
    out[0] = math::integer_in(x.a, x.b, lo, n);
    out[1] = math::integer_in(x.c, x.d, lo, n);
  }
};

inline StreamBlock<PhiloxIntegerValues, int32_t> stream_block(const PhiloxInteger& a) {
  const auto n = static_cast<uint64_t>(a.hi.value - a.lo.value + 1);
  return {{a.seed.value, a.stream.value, a.offset.value, a.n}, {a.lo.value, n}, a.y.data};
}

}  // namespace anacrusis
