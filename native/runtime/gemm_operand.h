// What the product kernels share: how an operand lies in memory, and how its tiles come into shared memory.
#pragma once

#include <type_traits>

#include "gemm.h"
#include "kernel.h"

namespace anacrusis::cuda {

// op(a) or op(b) as places (rows of op(a), columns of op(b)) by steps of k. kAlong: k is the contiguous
// axis, and `step` leads from place to place; else places are, and `step` leads from k to k. Then places
// may come in panels of 16.
template <class T, bool kAlong>
struct Operand {
  const T* data;
  int64_t places, step, panel;
  bool wide;  // kUnit elements at a time never straddle an edge and are aligned

  FORMULA_METHOD const T* at(int64_t place, int64_t k) const {
    if constexpr (kAlong) return data + place * step + k;
    return data + place / 16 * panel + place % 16 + k * step;
  }
};

// The operand of one matrix of a batch, read kUnit elements at a time where it can be.
template <class T, bool kAlong, int kUnit = 4>
Operand<T, kAlong> operand(const void* data, int64_t places, int64_t K, int64_t step, int64_t panel,
                           int64_t matrix_step) {
  const int64_t contiguous = kAlong ? K : places;
  const bool aligned = reinterpret_cast<uintptr_t>(data) % (kUnit * sizeof(T)) == 0;
  const bool wide = aligned && contiguous % kUnit == 0 && step % kUnit == 0 && matrix_step % kUnit == 0;
  return {static_cast<const T*>(data), places, step, panel != 0 ? panel : 16, wide};
}

// Elements from one row of a tile in shared memory to the next: a multiple of the unit that spreads rows over
// the banks.
template <bool kAlong, int kPlaces, int kDepth, int kUnit = 4>
constexpr int kPitch = (kAlong ? kDepth : kPlaces) + kUnit;
template <bool kAlong, int kPlaces, int kDepth, int kUnit = 4>
constexpr int kTileElements = kPitch<kAlong, kPlaces, kDepth, kUnit> * (kAlong ? kPlaces : kDepth);

template <class T>
DEVICE void copy_elements(T* shared, const T* from, bool valid, const T* anywhere) {
  if constexpr (sizeof(T) == 4) copy_async<sizeof(T)>(shared, valid ? from : anywhere, valid);
  else *shared = valid ? *from : T{};
}

// kPlaces x kDepth elements from `place` and `k` on, zeros past the edges and from k_end on, by kThreads
// threads, of which this is number `thread`. In shared memory they lie as they do outside, rows kPitch
// apart; not complete before copy_async_wait and a barrier.
template <int kPlaces, int kDepth, int kThreads, int kUnit = 4, class T, bool kAlong>
DEVICE void fetch(const Operand<T, kAlong>& x, T* shared, int64_t place, int64_t k, int64_t k_end, int thread) {
  constexpr int kLong = kAlong ? kDepth : kPlaces, kRows = kAlong ? kPlaces : kDepth;
  constexpr int kStep = kPitch<kAlong, kPlaces, kDepth, kUnit>;
  if (x.wide) {
    for (int i = thread; i < kRows * kLong / kUnit; i += kThreads) {
      const int row = i / (kLong / kUnit), column = i % (kLong / kUnit) * kUnit;
      const int64_t p = place + (kAlong ? row : column), q = k + (kAlong ? column : row);
      const bool valid = p < x.places && q < k_end;
      copy_async<kUnit * sizeof(T)>(shared + row * kStep + column, valid ? x.at(p, q) : x.data, valid);
    }
    return;
  }
  NO_UNROLL
  for (int i = thread; i < kRows * kLong; i += kThreads) {
    const int row = i / kLong, column = i % kLong;
    const int64_t p = place + (kAlong ? row : column), q = k + (kAlong ? column : row);
    const bool valid = p < x.places && q < k_end;
    copy_elements(shared + row * kStep + column, x.at(p, q), valid, x.data);
  }
}

// Columns of b that can be read: pack_linear fills its last panel up with zeros.
inline int64_t columns_of_b(const Gemm& g) { return g.b_panel != 0 ? (g.N + 15) / 16 * 16 : g.N; }

// f(along_a, along_b), constants, for the layouts of g.
template <class F>
void for_layouts(const Gemm& g, const F& f) {
  const bool along_b = g.transpose_b && g.b_panel == 0;
  if (!g.transpose_a && along_b) f(std::true_type{}, std::true_type{});
  else if (!g.transpose_a) f(std::true_type{}, std::false_type{});
  else if (along_b) f(std::false_type{}, std::true_type{});
  else f(std::false_type{}, std::false_type{});
}

DEVICE float load_float(const void* data, DType type, int64_t i) {
  if (type == DType::f32) return static_cast<const float*>(data)[i];
  if (type == DType::bf16) return math::to_float(static_cast<const Bf16*>(data)[i]);
  return math::to_float(static_cast<const F16*>(data)[i]);
}

DEVICE void store_float(void* data, DType type, int64_t i, float value) {
  if (type == DType::f32) static_cast<float*>(data)[i] = value;
  else if (type == DType::bf16) static_cast<Bf16*>(data)[i] = math::Narrow<Bf16>::from(value);
  else static_cast<F16*>(data)[i] = math::Narrow<F16>::from(value);
}

// c of matrix `matrix` at (row, column) from the sum of products.
DEVICE void store_product(const Gemm& g, void* c, int64_t matrix, int64_t row, int64_t column, float sum) {
  const int64_t at = matrix * g.c_step + row * g.ldc + column;
  float value = g.alpha * sum;
  if (g.bias) value += g.bias[column];
  if (g.beta != 0.0f) value += g.beta * load_float(c, g.c_type, at);
  store_float(c, g.c_type, at, value);
}

}  // namespace anacrusis::cuda
