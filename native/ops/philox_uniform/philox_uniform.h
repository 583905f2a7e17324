#pragma once

#include <optional>
#include <string>

#include "math/distributions.h"
#include "runtime/failure.h"
#include "runtime/field.h"
#include "stream_blocks.h"

namespace anacrusis {

// Uniform random numbers in [lo, hi) from Philox4x32-10 (SC'11) (math/philox.h, math/distributions.h).
struct PhiloxUniform {
  Dim n;
  Integer seed, stream, offset;
  double lo, hi;
  View<float> y;

  static constexpr const char* name = "philox_uniform";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Uniform random numbers in [lo, hi) from Philox4x32-10 (SC'11). Element i is a function of seed, stream and offset + i alone.";

  static std::span<const Field> fields() {
    constexpr double kMost = 9007199254740991.0;
    static constexpr Field list[] = {
        FIELD(PhiloxUniform, n).about("numbers"),
        FIELD(PhiloxUniform, seed).range(0, kMost).about("key of the generator"),
        FIELD(PhiloxUniform, stream).range(0, kMost).about("streams of one seed are independent"),
        FIELD(PhiloxUniform, offset).range(0, kMost).about("elements of the stream already used"),
        FIELD(PhiloxUniform, lo).range(-1e12, 1e12).about("smallest value"),
        FIELD(PhiloxUniform, hi).range(-1e12, 1e12).about("above all values, and above lo in float32"),
        FIELD(PhiloxUniform, y).dims("n").about("numbers"),
    };
    return list;
  }

  static std::optional<Failure> check(const PhiloxUniform& a) {
    if (static_cast<float>(a.lo) < static_cast<float>(a.hi)) return std::nullopt;
    return Failure{"ERR_RANGE", "hi", "a float32 above lo = " + std::to_string(a.lo),
                   std::to_string(a.hi)};
  }
};

struct PhiloxUniformValues {
  static constexpr int64_t kCount = 4;
  math::UniformRange range;

  FORMULA_METHOD void operator()(math::PhiloxBlock x, float* out) const {
    out[0] = math::uniform(x.a, range);
    out[1] = math::uniform(x.b, range);
    out[2] = math::uniform(x.c, range);
    out[3] = math::uniform(x.d, range);
  }
};

inline StreamBlock<PhiloxUniformValues, float> stream_block(const PhiloxUniform& a) {
  const auto lo = static_cast<float>(a.lo), hi = static_cast<float>(a.hi);
  const math::UniformRange range{lo, hi - lo, std::nextafterf(hi, lo)};
  return {{a.seed.value, a.stream.value, a.offset.value, a.n}, {range}, a.y.data};
}

}  // namespace anacrusis
