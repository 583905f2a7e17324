#include "cpu_table.h"

#include <cstdlib>
#include <cstring>

namespace anacrusis {
namespace {

bool has(const char* isa) {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (std::strcmp(isa, "avx2") == 0) return avx2;
  if (std::strcmp(isa, "avx512") == 0) {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  }
#endif
  return std::strcmp(isa, "generic") == 0;
}

CpuBuild choose() {
  const char* const text = std::getenv("ANACRUSIS_ISA");
  const char* const ceiling = text ? text : "avx512";
#if defined(__x86_64__)
  const bool avx2_allowed = std::strcmp(ceiling, "generic") != 0;
  const bool avx512_allowed = avx2_allowed && std::strcmp(ceiling, "avx2") != 0;
  if (avx512_allowed && has("avx512")) return avx512::cpu_build();
  if (avx2_allowed && has("avx2")) return avx2::cpu_build();
#endif
  return generic::cpu_build();
}

}  // namespace

const CpuBuild& cpu_build() {
  static const CpuBuild build = choose();
  return build;
}

const char* best_isa() { return has("avx512") ? "avx512" : has("avx2") ? "avx2" : "generic"; }

}  // namespace anacrusis
