// The project's own 16-bit floats against those of the CUDA toolkit: narrowing of every float, widening of every value.
// Built and run where the toolkit's headers are (scripts/checks/emulator.mjs).
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "math/float16.h"

namespace {

template <class To, class From>
To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

bool same(float a, float b) { return bits_as<uint32_t>(a) == bits_as<uint32_t>(b) || (a != a && b != b); }

}  // namespace

int main() {
  using namespace anacrusis;
  uint64_t wrong = 0;
  for (uint64_t bits = 0; bits <= 0xffffffffu; ++bits) {
    const auto x = bits_as<float>(static_cast<uint32_t>(bits));
    const uint16_t bf16 = math::Narrow<Bf16>::from(x).bits, f16 = math::Narrow<F16>::from(x).bits;
    const auto other_bf16 = bits_as<uint16_t>(__float2bfloat16_rn(x)), other_f16 = bits_as<uint16_t>(__float2half_rn(x));
    if (x != x) {
      // Any NaN will do.
      wrong += (bf16 & 0x7fff) <= 0x7f80 || (f16 & 0x7fff) <= 0x7c00;
    } else {
      wrong += (bf16 != other_bf16) + (f16 != other_f16);
    }
  }
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    wrong += !same(math::to_float(Bf16{half}), __bfloat162float(bits_as<__nv_bfloat16>(half)));
    wrong += !same(math::to_float(F16{half}), __half2float(bits_as<__half>(half)));
  }
  std::printf("rounding: %llu of 2^32 floats and 2^17 halves differ from the toolkit\n",
              static_cast<unsigned long long>(wrong));
  return wrong == 0 ? 0 : 1;
}
