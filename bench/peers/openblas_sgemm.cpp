// Matrix products of the installed OpenBLAS, one thread: a line "M N K transpose_a transpose_b GFLOP/s" for each
// line "M N K transpose_a transpose_b" on standard input; the best of 30 calls. First line: the core in use.
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

int main() {
  openblas_set_num_threads(1);
  std::printf("%s\n", openblas_get_corename());
  int M, N, K, ta, tb;
  while (std::scanf("%d %d %d %d %d", &M, &N, &K, &ta, &tb) == 5) {
    const std::vector<float> a(static_cast<size_t>(M) * K, 0.5f), b(static_cast<size_t>(N) * K, 0.3f);
    std::vector<float> c(static_cast<size_t>(M) * N);
    double best = 1e9;
    for (int i = 0; i < 30; ++i) {
      const auto start = std::chrono::steady_clock::now();
      cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, M, N, K, 1,
                  a.data(), ta ? M : K, b.data(), tb ? K : N, 0, c.data(), N);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      best = std::min(best, took.count());
    }
    std::printf("%d %d %d %d %d %.1f\n", M, N, K, ta, tb, 2e-9 * M * N * K / best);
  }
}
