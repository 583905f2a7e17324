#include "math/rms_norm.h"
#include "rms_norm.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {
namespace {

struct RmsNormRow {
  RmsNorm a;

  FORMULA_METHOD void operator()(int64_t row) const {
    const float* const x = a.x.data + row * a.D;
    double squares = 0.0;
    for (int64_t j = 0; j < a.D; ++j) squares += double{x[j]} * x[j];
    const float inv_rms = math::inverse_rms(static_cast<float>(squares), 1.0f / static_cast<float>(a.D),
                                            static_cast<float>(a.eps));
    a.inv_rms[row] = inv_rms;
    for (int64_t j = 0; j < a.D; ++j) {
      a.y[row * a.D + j] = math::rms_norm(x[j], inv_rms, a.weight[j]);
    }
  }
};

}  // namespace

void run(const RmsNorm& a, const Stream& stream) { rows(stream, a.N, a.D, RmsNormRow{a}); }

}  // namespace anacrusis::cuda
