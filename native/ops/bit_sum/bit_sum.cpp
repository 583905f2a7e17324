#include "bit_sum.h"

#include <cstring>

#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {

namespace {

typedef uint32_t Lanes __attribute__((vector_size(64), aligned(4), may_alias));
constexpr int64_t kLanes = 16, kChains = 4;

// By hand: GCC 12 leaves the loop over bits of floats scalar.
uint32_t sum_of_bits(const float* x, int64_t n) {
  Lanes sums[kChains] = {};
  int64_t i = 0;
  for (; i + kChains * kLanes <= n; i += kChains * kLanes) {
    for (int64_t c = 0; c < kChains; ++c) {
      sums[c] += *reinterpret_cast<const Lanes*>(x + i + c * kLanes);
    }
  }
  uint32_t sum = 0;
  for (const Lanes& lanes : sums) {
    for (int64_t l = 0; l < kLanes; ++l) sum += lanes[l];
  }
  for (; i < n; ++i) sum += __builtin_bit_cast(uint32_t, x[i]);
  return sum;
}

}  // namespace

void run(const BitSum& a) {
  // The sum is exact, so any order gives the same bits; parts of 65,536 elements or more.
  constexpr int64_t kParts = 1024, kLeast = 65536;
  const int64_t even = (a.n + kParts - 1) / kParts;
  const int64_t grain = even > kLeast ? even : kLeast;
  uint32_t parts[kParts] = {};
  parallel_for(a.n, grain, [&](int64_t begin, int64_t end) {
    parts[begin / grain] = sum_of_bits(a.x.data + begin, end - begin);
  });
  uint32_t sum = 0;
  for (const uint32_t part : parts) sum += part;
  std::memcpy(a.sum.data, &sum, sizeof sum);
}

}  // namespace anacrusis::ANACRUSIS_ISA
