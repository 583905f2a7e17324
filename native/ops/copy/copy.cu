#include "copy.h"

#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {
namespace {

constexpr int kWide = 4;  // 16 bytes a thread and step

struct Wide {
  const float* x;
  float* y;

  FORMULA_METHOD void operator()(int64_t i) const {
    reinterpret_cast<Vec<float, kWide>*>(y)[i] = reinterpret_cast<const Vec<float, kWide>*>(x)[i];
  }
};

struct Element {
  const float* x;
  float* y;

  FORMULA_METHOD void operator()(int64_t i) const { y[i] = x[i]; }
};

bool aligned(const void* p) { return reinterpret_cast<uintptr_t>(p) % (kWide * sizeof(float)) == 0; }

}  // namespace

void run(const Copy& a, const Stream& stream) {
  const int64_t wide = aligned(a.x.data) && aligned(a.y.data) ? a.n / kWide : 0;
  const int64_t done = wide * kWide;
  map(stream, wide, Wide{a.x.data, a.y.data});
  map(stream, a.n - done, Element{a.x.data + done, a.y.data + done});
}

}  // namespace anacrusis::cuda
