#pragma once

#include <optional>

#include "runtime/failure.h"
#include "runtime/field.h"

namespace anacrusis {

// c = op(a) op(b) for a batch of matrices.
struct Matmul {
  Dim batch, batch_b, M, N, K;
  View<const float> a, b;
  bool transpose_a, transpose_b, accumulate;
  View<const float> bias;
  View<float> c;

  static constexpr const char* name = "matmul";
  static constexpr bool on_cuda = true;
  static constexpr const char* about =
      "Matrix products c = op(a) op(b) + bias over a batch. Without transpose_a a row of c has the same "
      "bits whatever rows are beside it; on CUDA with ANACRUSIS_GEMM=tiled only, as cuBLASLt chooses by size.";

  static std::span<const Field> fields() {
    static constexpr Field list[] = {
        FIELD(Matmul, batch).about("matrices of a and c"),
        FIELD(Matmul, batch_b).about("matrices of b: as many, or 1 for all"),
        FIELD(Matmul, M).about("rows of c"),
        FIELD(Matmul, N).about("columns of c"),
        FIELD(Matmul, K).about("terms of a sum"),
        FIELD(Matmul, a).dims("batch,M,K").about("[M,K], or [K,M] when transpose_a"),
        FIELD(Matmul, b).dims("batch_b,K,N").about("[K,N], or [N,K] when transpose_b"),
        FIELD(Matmul, transpose_a).about("a holds the transposed matrix"),
        FIELD(Matmul, transpose_b).about("b holds the transposed matrix"),
        FIELD(Matmul, accumulate).about("add to c instead of setting it"),
        FIELD(Matmul, bias).dims("N").optional().about("added to every row"),
        FIELD(Matmul, c).dims("batch,M,N").updated().about("product"),
    };
    return list;
  }

  static std::optional<Failure> check(const Matmul& x) {
    if (x.batch_b == 1 || x.batch_b == x.batch) return std::nullopt;
    return Failure{"ERR_RANGE", "batch_b", "1 or batch, which is " + std::to_string(x.batch),
                   std::to_string(x.batch_b)};
  }
};

}  // namespace anacrusis
