#pragma once

#include "math/distributions.h"
#include "ops/philox_uniform/stream_blocks.h"
#include "runtime/field.h"

namespace anacrusis {

// Normal random numbers from Philox4x32-10 (SC'11) by Box and Muller (math/philox.h, math/distributions.h).
struct PhiloxNormal {
  Dim n;
  Integer seed, stream, offset;
  double mean, std;
  View<float> y;

  static constexpr const char* name = "philox_normal";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Normal random numbers from Philox4x32-10 (SC'11) by Box and Muller. Element i is a function of seed, stream and offset + i alone.";

  static std::span<const Field> fields() {
    constexpr double kMost = 9007199254740991.0;
    static constexpr Field list[] = {
        FIELD(PhiloxNormal, n).about("numbers"),
        FIELD(PhiloxNormal, seed).range(0, kMost).about("key of the generator"),
        FIELD(PhiloxNormal, stream).range(0, kMost).about("streams of one seed are independent"),
        FIELD(PhiloxNormal, offset).range(0, kMost).about("elements of the stream already used"),
        FIELD(PhiloxNormal, mean).range(-1e12, 1e12).about("mean"),
        FIELD(PhiloxNormal, std).range(0, 1e12).about("standard deviation"),
        FIELD(PhiloxNormal, y).dims("n").about("numbers"),
    };
    return list;
  }
};

struct PhiloxNormalValues {
  static constexpr int64_t kCount = 4;
  float mean, std;

  FORMULA_METHOD void operator()(math::PhiloxBlock x, float* out) const {
    const math::NormalPair first = math::box_muller(x.a, x.b), second = math::box_muller(x.c, x.d);
    out[0] = ::fmaf(std, first.first, mean);
    out[1] = ::fmaf(std, first.second, mean);
    out[2] = ::fmaf(std, second.first, mean);
    out[3] = ::fmaf(std, second.second, mean);
  }
};

inline StreamBlock<PhiloxNormalValues, float> stream_block(const PhiloxNormal& a) {
  return {{a.seed.value, a.stream.value, a.offset.value, a.n},
          {static_cast<float>(a.mean), static_cast<float>(a.std)},
          a.y.data};
}

}  // namespace anacrusis
