#include "bit_sum.h"

#include <cstring>

#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

void run(const BitSum& a) {
  // The sum is exact, so any order gives the same bits; parts of 65,536 elements or more.
  constexpr int64_t kParts = 1024, kLeast = 65536;
  const int64_t even = (a.n + kParts - 1) / kParts;
  const int64_t grain = even > kLeast ? even : kLeast;
  uint32_t parts[kParts] = {};
  const float* x = a.x.data;
  parallel_for(a.n, grain, [&](int64_t begin, int64_t end) {
    uint32_t sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = begin; i < end; ++i) sum += __builtin_bit_cast(uint32_t, x[i]);
    parts[begin / grain] = sum;
  });
  uint32_t sum = 0;
  for (const uint32_t part : parts) sum += part;
  std::memcpy(a.sum.data, &sum, sizeof sum);
}

}  // namespace anacrusis::ANACRUSIS_ISA
