// A libcublasLt.so for tests: what the library's reference says of its functions, on host memory and in the
// simplest way (D = alpha op(A) op(B) + beta C (+ bias), matrices in columns). Refuses what the library
// refuses: attributes of a wrong size, objects that were destroyed, steps shorter than a column, too little
// workspace. FAKE_CUBLASLT_LOG names a file that gets a line of JSON for each product.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#include "math/float16.h"

#define API extern "C" __attribute__((visibility("default"))) int

namespace {

using anacrusis::Bf16;
using anacrusis::F16;

constexpr int kSuccess = 0, kInvalid = 7, kNotSupported = 15;
constexpr size_t kWorkspace = 4096;

struct Layout {
  int type;
  uint64_t rows, columns;
  int64_t step;
  int32_t batch = 1;
  int64_t matrix_step = 0;
};
struct Description {
  int compute, scale;
  int32_t transpose_a = 0, transpose_b = 0;
  uint32_t epilogue = 1;
  const float* bias = nullptr;
};
struct Preference {
  uint64_t workspace = 0;
  uint32_t alignment[4] = {256, 256, 256, 256};
};
struct Algorithm {
  uint64_t data[8];
};
struct Result {
  Algorithm algorithm;
  size_t workspace;
  int state;
  float waves;
  int reserved[4];
};

std::set<const void*> alive;

template <class T>
int make(void** out, T value) {
  T* const made = new T(value);
  alive.insert(made);
  *out = made;
  return kSuccess;
}

template <class T>
int end(void* object) {
  if (alive.erase(object) == 0) return kInvalid;
  delete static_cast<T*>(object);
  return kSuccess;
}

template <class T>
int take(T& to, const void* from, size_t bytes) {
  if (bytes != sizeof(T)) return kInvalid;
  std::memcpy(&to, from, bytes);
  return kSuccess;
}

double load(const void* data, int type, int64_t i) {
  if (type == 2) return anacrusis::math::to_float(static_cast<const F16*>(data)[i]);
  if (type == 14) return anacrusis::math::to_float(static_cast<const Bf16*>(data)[i]);
  return static_cast<const float*>(data)[i];
}

void store(void* data, int type, int64_t i, double value) {
  const auto rounded = static_cast<float>(value);
  if (type == 2) static_cast<F16*>(data)[i] = anacrusis::math::Narrow<F16>::from(rounded);
  else if (type == 14) static_cast<Bf16*>(data)[i] = anacrusis::math::Narrow<Bf16>::from(rounded);
  else static_cast<float*>(data)[i] = rounded;
}

// Whether D = op(A) op(B) fits together.
bool fits(const Description& x, const Layout& a, const Layout& b, const Layout& d) {
  const uint64_t m = x.transpose_a ? a.columns : a.rows, k = x.transpose_a ? a.rows : a.columns;
  const uint64_t n = x.transpose_b ? b.rows : b.columns, k_of_b = x.transpose_b ? b.columns : b.rows;
  const bool steps = a.step >= static_cast<int64_t>(a.rows) && b.step >= static_cast<int64_t>(b.rows) &&
                     d.step >= static_cast<int64_t>(d.rows);
  return m == d.rows && n == d.columns && k == k_of_b && steps && a.batch == b.batch && a.batch == d.batch &&
         a.type == b.type && x.compute == 68 && x.scale == 0;
}

}  // namespace

API cublasLtCreate(void** handle) { return make(handle, int{1}); }
API cublasLtMatrixLayoutCreate(void** out, int type, uint64_t rows, uint64_t columns, int64_t step) {
  return make(out, Layout{type, rows, columns, step});
}
API cublasLtMatrixLayoutDestroy(void* layout) { return end<Layout>(layout); }
API cublasLtMatrixLayoutSetAttribute(void* layout, int attribute, const void* value, size_t bytes) {
  auto& x = *static_cast<Layout*>(layout);
  if (attribute == 5) return take(x.batch, value, bytes);
  if (attribute == 6) return take(x.matrix_step, value, bytes);
  return kInvalid;
}
API cublasLtMatmulDescCreate(void** out, int compute, int scale) { return make(out, Description{compute, scale}); }
API cublasLtMatmulDescDestroy(void* description) { return end<Description>(description); }
API cublasLtMatmulDescSetAttribute(void* description, int attribute, const void* value, size_t bytes) {
  auto& x = *static_cast<Description*>(description);
  if (attribute == 3) return take(x.transpose_a, value, bytes);
  if (attribute == 4) return take(x.transpose_b, value, bytes);
  if (attribute == 7) return take(x.epilogue, value, bytes);
  if (attribute == 8) return take(x.bias, value, bytes);
  return kInvalid;
}
API cublasLtMatmulPreferenceCreate(void** out) { return make(out, Preference{}); }
API cublasLtMatmulPreferenceDestroy(void* preference) { return end<Preference>(preference); }
API cublasLtMatmulPreferenceSetAttribute(void* preference, int attribute, const void* value, size_t bytes) {
  auto& x = *static_cast<Preference*>(preference);
  if (attribute == 1) return take(x.workspace, value, bytes);
  if (attribute >= 5 && attribute <= 8) return take(x.alignment[attribute - 5], value, bytes);
  return kInvalid;
}

API cublasLtMatmulAlgoGetHeuristic(void* handle, void* description, void* a, void* b, void* c, void* d,
                                   void* preference, int wanted, Result* results, int* count) {
  for (const void* object : {handle, description, a, b, c, d, preference}) {
    if (!alive.count(object)) return kInvalid;
  }
  const auto& x = *static_cast<Description*>(description);
  *count = 0;
  if (wanted < 1 || !fits(x, *static_cast<Layout*>(a), *static_cast<Layout*>(b), *static_cast<Layout*>(d))) {
    return kInvalid;
  }
  if (std::getenv("FAKE_CUBLASLT_REFUSES")) return kNotSupported;
  if (static_cast<Preference*>(preference)->workspace < kWorkspace) return kNotSupported;
  *results = Result{{{42, 1, 2, 3, 4, 5, 6, 7}}, kWorkspace, kSuccess, 1.0f, {}};
  *count = 1;
  return kSuccess;
}

API cublasLtMatmul(void* handle, void* description, const void* alpha, const void* a, void* a_layout, const void* b,
                   void* b_layout, const void* beta, const void* c, void* c_layout, void* d, void* d_layout,
                   const Algorithm* algorithm, void* workspace, size_t workspace_bytes, void*) {
  for (const void* object : {const_cast<const void*>(handle), const_cast<const void*>(description)}) {
    if (!alive.count(object)) return kInvalid;
  }
  const auto& x = *static_cast<Description*>(description);
  const Layout &A = *static_cast<Layout*>(a_layout), &B = *static_cast<Layout*>(b_layout);
  const Layout &C = *static_cast<Layout*>(c_layout), &D = *static_cast<Layout*>(d_layout);
  if (!fits(x, A, B, D) || algorithm->data[0] != 42 || algorithm->data[7] != 7) return kInvalid;
  if (!workspace || workspace_bytes < kWorkspace) return kInvalid;
  const double scale = *static_cast<const float*>(alpha), keep = *static_cast<const float*>(beta);
  const auto terms = static_cast<int64_t>(x.transpose_a ? A.rows : A.columns);
  for (int64_t matrix = 0; matrix < D.batch; ++matrix) {
    for (int64_t column = 0; column < static_cast<int64_t>(D.columns); ++column) {
      for (int64_t row = 0; row < static_cast<int64_t>(D.rows); ++row) {
        double sum = 0.0;
        for (int64_t k = 0; k < terms; ++k) {
          const int64_t left = x.transpose_a ? k + row * A.step : row + k * A.step;
          const int64_t right = x.transpose_b ? column + k * B.step : k + column * B.step;
          sum += load(a, A.type, matrix * A.matrix_step + left) * load(b, B.type, matrix * B.matrix_step + right);
        }
        double value = scale * sum;
        if (keep != 0.0) value += keep * load(c, C.type, matrix * C.matrix_step + row + column * C.step);
        if (x.epilogue == 4) value += x.bias[row];
        store(d, D.type, matrix * D.matrix_step + row + column * D.step, value);
      }
    }
  }
  if (const char* path = std::getenv("FAKE_CUBLASLT_LOG")) {
    if (FILE* log = std::fopen(path, "a")) {
      std::fprintf(log, "{\"rows\":%lu,\"columns\":%lu,\"terms\":%ld,\"batch\":%d,\"alive\":%zu}\n", D.rows, D.columns,
                   terms, D.batch, alive.size());
      std::fclose(log);
    }
  }
  return kSuccess;
}
