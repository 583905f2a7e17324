// Where cuBLASLt is on this machine: it is opened at run time, never linked.
#pragma once

#include <string>

namespace anacrusis {

struct LibrarySearch {
  std::string path;    // empty: not found
  std::string reason;  // what was tried, when it was not found
};

// Tries ANACRUSIS_CUBLASLT, then libcublasLt.so.13 and .12 on the loader's path, then the directories
// of the CUDA toolkit (CUDA_HOME, /usr/local/cuda).
LibrarySearch find_cublaslt();

}  // namespace anacrusis
