#include "global_norm.h"

#include <cmath>

#include "runtime/parallel.h"
#include "runtime/pieces.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const GlobalNorm& a) {
  // At most kParts parts of 16,384 elements or more.
  constexpr int64_t kParts = 256, kLeast = 16384;
  const int64_t total = total_size(a.grads);
  const int64_t even = (total + kParts - 1) / kParts;
  const int64_t grain = even > kLeast ? even : kLeast;
  double squares[kParts] = {}, nonfinite[kParts] = {};
  parallel_for(total, grain, [&](int64_t begin, int64_t end) {
    double sum = 0.0, bad = 0.0;
    pieces(a.grads, begin, end, [&](int64_t k, int64_t first, int64_t last) {
      const float* x = a.grads[k].data;
#pragma omp simd reduction(+ : sum, bad)
      for (int64_t i = first; i < last; ++i) {
        const double element = x[i];
        sum += element * element;
        bad += x[i] - x[i] == 0.0f ? 0.0f : 1.0f;
      }
    });
    squares[begin / grain] = sum;
    nonfinite[begin / grain] = bad;
  });
  double sum = 0.0, bad = 0.0;
  for (int64_t part = 0; part < kParts; ++part) {
    sum += squares[part];
    bad += nonfinite[part];
  }
  a.norm[0] = std::sqrt(sum);
  if (a.nonfinite) a.nonfinite[0] = bad;
}

}  // namespace anacrusis::ANACRUSIS_ISA
