#include "reduce.h"

#include "math/binary.h"
#include "runtime/parallel.h"
#include "runtime/row_sums.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kColumns = 256;  // of the inner axis at a time
constexpr int64_t kPart = 16384;   // elements of a long axis summed before the parts are added
constexpr int64_t kFewTasks = 64;

int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
int64_t parts_of(int64_t n, int64_t part) { return (n + part - 1) / part; }

// sums[j] += the n elements of column j.
void add_columns(const float* x, int64_t n, int64_t inner, int64_t columns, double* sums) {
  if (inner == 1) {
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; ++i) sum += x[i];
    sums[0] += sum;
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < columns; ++j) sums[j] += x[i * inner + j];
  }
}

void store(const Reduce& a, const double* sums, int64_t columns, float* y) {
  const double scale = a.fn.index == Reduce::mean ? 1.0 / static_cast<double>(a.n) : 1.0;
  for (int64_t j = 0; j < columns; ++j) y[j] = static_cast<float>(sums[j] * scale);
}

// f(outer index, first column, columns) for every block of the result.
template <class F>
void blocks(const Reduce& a, const F& f) {
  const int64_t across = parts_of(a.inner, kColumns);
  const int64_t grain = 1 + kPart / (a.n * least(a.inner, kColumns) + 1);
  parallel_for(a.outer * across, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t column = i % across * kColumns;
      f(i / across, column, least(kColumns, a.inner - column));
    }
  });
}

void sum_blocks(const Reduce& a) {
  blocks(a, [&](int64_t o, int64_t column, int64_t columns) {
    double sums[kColumns] = {};
    add_columns(a.x.data + o * a.n * a.inner + column, a.n, a.inner, columns, sums);
    store(a, sums, columns, a.y.data + o * a.inner + column);
  });
}

// Few results and a long axis: the axis in parts, added in order.
void sum_parts(const Reduce& a, int64_t length) {
  const int64_t parts = parts_of(a.n, length), width = a.inner;
  auto* const all = reinterpret_cast<double*>(thread_scratch(2 * a.outer * parts * width));
  if (!all) throw_out_of_memory();
  parallel_for(a.outer * parts, 1, [&](int64_t i, int64_t) {
    const int64_t from = i % parts * length, rows = least(length, a.n - from);
    double* const sums = all + i * width;
    for (int64_t j = 0; j < width; ++j) sums[j] = 0.0;
    add_columns(a.x.data + (i / parts * a.n + from) * width, rows, width, width, sums);
  });
  for (int64_t o = 0; o < a.outer; ++o) {
    double* const total = all + o * parts * width;
    for (int64_t part = 1; part < parts; ++part) {
      for (int64_t j = 0; j < width; ++j) total[j] += total[part * width + j];
    }
    store(a, total, width, a.y.data + o * width);
  }
}

// Where `value` is first found, or NaN when it is NaN.
int32_t first_place(const float* x, int64_t n, float value) {
  constexpr int64_t kWidth = 16;
  const bool nan = value != value;
  int64_t i = 0;
  for (; i + kWidth < n; i += kWidth) {
    int32_t hits = 0;
#pragma omp simd reduction(+ : hits)
    for (int64_t l = 0; l < kWidth; ++l) hits += (x[i + l] == value) | (nan & (x[i + l] != x[i + l]));
    if (hits > 0) break;
  }
  while (!(x[i] == value || (nan && x[i] != x[i]))) ++i;
  return static_cast<int32_t>(i);
}

template <class Better>
void row_extremes(const Reduce& a) {
  rows(a.outer, a.n, [&](int64_t o) {
    const float* const x = a.x.data + o * a.n;
    const float best = a.y[o] = row_extreme<Better>(a.n, x);
    if (a.index) a.index[o] = first_place(x, a.n, best);
  });
}

template <class Better>
void extremes(const Reduce& a) {
  if (a.inner == 1) return row_extremes<Better>(a);
  blocks(a, [&](int64_t o, int64_t column, int64_t columns) {
    const float* const x = a.x.data + o * a.n * a.inner + column;
    float* const y = a.y.data + o * a.inner + column;
    int32_t found[kColumns] = {};
    for (int64_t j = 0; j < columns; ++j) y[j] = x[j];
    for (int64_t i = 1; i < a.n; ++i) {
      const float* const row = x + i * a.inner;
      const auto place = static_cast<int32_t>(i);
#pragma omp simd
      for (int64_t j = 0; j < columns; ++j) {
        const float best = Better::value(y[j], row[j]);
        const bool kept = best == y[j] || y[j] != y[j];
        found[j] = kept ? found[j] : place;
        y[j] = best;
      }
    }
    if (!a.index) return;
    for (int64_t j = 0; j < columns; ++j) a.index[o * a.inner + column + j] = found[j];
  });
}

}  // namespace

void run(const Reduce& a) {
  if (a.outer * a.inner == 0) return;
  if (a.fn.index == Reduce::max) return extremes<math::Max>(a);
  if (a.fn.index == Reduce::min) return extremes<math::Min>(a);
  const int64_t wanted = 1 + kPart / a.inner, most = parts_of(a.n, 512);
  const int64_t length = wanted > most ? wanted : most;
  if (a.outer * parts_of(a.inner, kColumns) < kFewTasks && a.n > length) return sum_parts(a, length);
  sum_blocks(a);
}

}  // namespace anacrusis::ANACRUSIS_ISA
