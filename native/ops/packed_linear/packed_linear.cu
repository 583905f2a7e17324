// Always the own kernels: with them a row has the same bits in any batch, which decoding relies on. Up to 64
// rows are the thin one, which reads the weight once for 16 rows.
#include "packed_linear.h"
#include "runtime/gemm.h"

namespace anacrusis::cuda {

void run(const PackedLinear& x, const Stream& stream) {
  Gemm g;
  g.M = x.R, g.N = x.N, g.K = x.K;
  g.b_panel = 16 * x.K;
  g.beta = x.accumulate ? 1.0f : 0.0f;
  g.bias = x.bias.data;
  gemm(stream, g, x.x.data, x.packed.data, x.y.data);
}

}  // namespace anacrusis::cuda
