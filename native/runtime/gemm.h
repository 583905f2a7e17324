// Matrix products on a device: c = alpha op(a) op(b) + beta c + bias, row-major, for the matmul op and for
// every op that has a product inside.
//
// By cuBLASLt where it is found (cublaslt.h) and the product is one that it has, else by the kernels here:
// thin ones for up to 64 rows, which read b once, and tiled ones. ANACRUSIS_GEMM=tiled in the environment
// leaves cuBLASLt out.
//
// Sums are float32. For f32 operands the own kernels add every element of c in one order, whichever of them
// runs and whatever rows are beside it (except with transpose_a, where a long K is cut by the sizes of c):
// chains of kGemmSlice terms along k, added up in order. Tensor cores (16-bit operands) and cuBLASLt promise
// their bits only for the same sizes.
#pragma once

#include <cstdint>

#include "device_stream.h"
#include "view.h"

namespace anacrusis::cuda {

constexpr int64_t kGemmSlice = 128;

struct Gemm {
  int64_t M = 0, N = 0, K = 0;
  bool transpose_a = false, transpose_b = false;  // a is stored as [K,M], b as [N,K]
  DType type = DType::f32;                        // of a and b: f32, bf16, f16
  DType c_type = DType::f32;                      // f32, or the type of a and b
  int64_t lda = 0, ldb = 0, ldc = 0;              // elements from one stored row to the next; 0: dense
  int64_t batch = 1;
  int64_t a_step = 0, b_step = 0, c_step = 0;     // elements from one matrix to the next; 0: the same one
  float alpha = 1.0f, beta = 0.0f;                // with beta 0, c is not read
  const float* bias = nullptr;                    // [N], added to every row
  int64_t b_panel = 0;  // b as pack_linear lays it out: elements from a panel of 16 columns to the next
};

// Throws DeviceFailure. Only the given stream is used.
void gemm(const Stream&, const Gemm&, const void* a, const void* b, void* c);

// What gemm() chooses from. Strides are set. cuBLASLt: false when it is not there or does not take this product.
bool cublaslt_gemm(const Stream&, const Gemm&, const void* a, const void* b, void* c);
void tiled_gemm(const Stream&, const Gemm&, const void* a, const void* b, void* c);
void thin_gemm(const Stream&, const Gemm&, const void* a, const void* b, void* c);

}  // namespace anacrusis::cuda
