// Matrix products of the CPU back end: OpenBLAS, always on one thread of its own; our pool hands out
// fixed tiles, so that results do not depend on the number of threads and callers do not wait for
// each other.
#pragma once

#include <cstdint>
#include <string>

namespace anacrusis {

// C[M,N] = op(A) op(B) + beta C, row-major, on the calling thread.
void sgemm(bool transpose_a, bool transpose_b, int64_t M, int64_t N, int64_t K, const float* a,
           int64_t lda, const float* b, int64_t ldb, float beta, float* c, int64_t ldc);

std::string blas_description();  // "OpenBLAS 0.3.21 Cooperlake"

}  // namespace anacrusis
