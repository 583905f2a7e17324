// Qualifiers of every formula: callable from host loops and from CUDA kernels, always inlined, and of
// internal linkage, so that a copy built for one instruction set is never shared with another.
#pragma once

#include <cmath>
#include <cstdint>

#if defined(__CUDACC__)
#define FORMULA static __host__ __device__ __forceinline__
#define FORMULA_METHOD __host__ __device__ __forceinline__
#else
#define FORMULA static inline __attribute__((always_inline))
#define FORMULA_METHOD inline __attribute__((always_inline))
#endif
