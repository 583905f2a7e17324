// The CPU builds of the op list and the choice between them.
#pragma once

#include <span>

namespace anacrusis {

struct CpuEntry {
  const char* name;
  void (*run)(const void* arguments);
};

struct CpuBuild {
  const char* isa;
  std::span<const CpuEntry> ops;  // in the order of ops.h
};

namespace generic { CpuBuild cpu_build(); }
namespace avx2 { CpuBuild cpu_build(); }
namespace avx512 { CpuBuild cpu_build(); }

// The best build that this processor runs; ANACRUSIS_ISA in the environment may ask for a lesser one.
const CpuBuild& cpu_build();
const char* best_isa();  // of this processor, whatever the environment asks for

}  // namespace anacrusis
