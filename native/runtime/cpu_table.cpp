#include "cpu_table.h"

#include <cstdlib>
#include <cstring>

namespace anacrusis {
namespace {

CpuBuild choose() {
#if defined(__x86_64__)
  const char* const text = std::getenv("ANACRUSIS_ISA");
  const char* const ceiling = text ? text : "avx512";
  const bool avx2_allowed = std::strcmp(ceiling, "generic") != 0;
  const bool avx512_allowed = avx2_allowed && std::strcmp(ceiling, "avx2") != 0;
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") &&
                          __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (has_avx512 && avx512_allowed) return avx512::cpu_build();
  if (has_avx2 && avx2_allowed) return avx2::cpu_build();
#endif
  return generic::cpu_build();
}

}  // namespace

const CpuBuild& cpu_build() {
  static const CpuBuild build = choose();
  return build;
}

}  // namespace anacrusis
