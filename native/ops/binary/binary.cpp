#include "binary_functions.h"
#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

// Axes from the innermost out; axes that a and b both walk through without a jump are merged, so
// arrays of the same shape become one long axis.
struct Axes {
  int count = 1;
  int64_t size[4], a[4], b[4];
};

Axes merged(const Binary& x) {
  const int64_t size[] = {x.d3, x.d2, x.d1, x.d0};
  const int64_t a[] = {x.a_s3, x.a_s2, x.a_s1, x.a_s0}, b[] = {x.b_s3, x.b_s2, x.b_s1, x.b_s0};
  Axes axes{1, {size[0]}, {a[0]}, {b[0]}};
  for (int axis = 1; axis < 4; ++axis) {
    int& last = axes.count;
    const int64_t inner = axes.size[last - 1];
    if (size[axis] == 1) continue;
    if (inner == 1 || (a[axis] == axes.a[last - 1] * inner && b[axis] == axes.b[last - 1] * inner)) {
      if (inner == 1) axes.a[last - 1] = a[axis], axes.b[last - 1] = b[axis];
      axes.size[last - 1] *= size[axis];
      continue;
    }
    axes.size[last] = size[axis], axes.a[last] = a[axis], axes.b[last] = b[axis];
    ++last;
  }
  return axes;
}

template <class F>
void row(int64_t n, const float* a, int64_t a_stride, const float* b, int64_t b_stride, float* y) {
  if (a_stride == 1 && b_stride == 1) {
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) y[i] = F::value(a[i], b[i]);
  } else if (a_stride == 1 && b_stride == 0) {
    const float scalar = b[0];
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) y[i] = F::value(a[i], scalar);
  } else if (a_stride == 0 && b_stride == 1) {
    const float scalar = a[0];
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) y[i] = F::value(scalar, b[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) y[i] = F::value(a[i * a_stride], b[i * b_stride]);
  }
}

// Elements begin..end of y, row by row of the innermost axis.
template <class F>
void piece(const Binary& x, const Axes& axes, int64_t begin, int64_t end) {
  int64_t index[4], rest = begin, a = 0, b = 0;
  for (int axis = 0; axis < axes.count; ++axis) {
    index[axis] = rest % axes.size[axis];
    rest /= axes.size[axis];
    a += index[axis] * axes.a[axis];
    b += index[axis] * axes.b[axis];
  }
  for (int64_t i = begin; i < end;) {
    const int64_t left = axes.size[0] - index[0], n = left < end - i ? left : end - i;
    row<F>(n, &x.a[a], axes.a[0], &x.b[b], axes.b[0], &x.y[i]);
    i += n;
    a -= index[0] * axes.a[0];
    b -= index[0] * axes.b[0];
    index[0] = 0;
    for (int axis = 1; axis < axes.count; ++axis) {
      a += axes.a[axis];
      b += axes.b[axis];
      if (++index[axis] < axes.size[axis]) break;
      a -= axes.size[axis] * axes.a[axis];
      b -= axes.size[axis] * axes.b[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace

void run(const Binary& x) {
  const Axes axes = merged(x);
  visit_binary(x.fn, [&]<class F>(F) {
    parallel_for(x.y.size, 16384, [&](int64_t begin, int64_t end) { piece<F>(x, axes, begin, end); });
  });
}

}  // namespace anacrusis::ANACRUSIS_ISA
