#include "embedding_backward.h"

#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kLine = 16;  // floats of a cache line: two threads never write to the same one

// Columns of one piece: about 16,384 additions, and not more than 16 pieces a row.
int64_t columns_of_piece(const EmbeddingBackward& a) {
  const int64_t by_work = 16384 / (a.T > 0 ? a.T : 1);
  const int64_t by_width = a.D / 16;
  const int64_t columns = by_work > by_width ? by_work : by_width;
  return (columns / kLine + 1) * kLine;
}

}  // namespace

// Cut by columns: every element adds its tokens in their order, whoever does it.
void run(const EmbeddingBackward& a) {
  if (a.T == 0) return;
  parallel_for(a.D, columns_of_piece(a), [&](int64_t begin, int64_t end) {
    for (int64_t t = 0; t < a.T; ++t) {
      float* const row = &a.dtable[int64_t{a.ids[t]} * a.D];
      const float* const gradient = &a.dy[t * a.D];
#pragma omp simd
      for (int64_t d = begin; d < end; ++d) row[d] += gradient[d];
    }
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
