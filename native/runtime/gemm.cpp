#include "gemm.h"

namespace anacrusis::cuda {
namespace {

constexpr int64_t kThinRows = 64;

}  // namespace

void gemm(const Stream& stream, const Gemm& given, const void* a, const void* b, void* c) {
  Gemm g = given;
  if (g.batch <= 0 || g.M <= 0 || g.N <= 0) return;
  if (g.lda == 0) g.lda = g.transpose_a ? g.M : g.K;
  if (g.ldb == 0) g.ldb = g.b_panel != 0 ? 16 : g.transpose_b ? g.K : g.N;
  if (g.ldc == 0) g.ldc = g.N;
  if (cublaslt_gemm(stream, g, a, b, c)) return;
  if (g.M <= kThinRows && !g.transpose_a) thin_gemm(stream, g, a, b, c);
  else tiled_gemm(stream, g, a, b, c);
}

}  // namespace anacrusis::cuda
