// The product itself, by cuBLASLt or by own kernels, is runtime/gemm.h.
#include "matmul.h"
#include "runtime/gemm.h"

namespace anacrusis::cuda {

void run(const Matmul& x, const Stream& stream) {
  Gemm g;
  g.M = x.M, g.N = x.N, g.K = x.K;
  g.transpose_a = x.transpose_a, g.transpose_b = x.transpose_b;
  g.batch = x.batch;
  g.a_step = x.M * x.K, g.b_step = x.batch_b == 1 ? 0 : x.K * x.N, g.c_step = x.M * x.N;
  if (x.batch_b == 1 && !x.transpose_a) g.M *= g.batch, g.batch = 1;
  g.beta = x.accumulate ? 1.0f : 0.0f;
  g.bias = x.bias.data;
  gemm(stream, g, x.a.data, x.b.data, x.c.data);
}

}  // namespace anacrusis::cuda
