// The chunks of a loss over logits = hidden weight^T on a device. Per chunk: product, the ops over rows of logits in place,
// and the two products of the gradient. As large as the budget allows: every chunk reads and writes all of dweight and
// reads the weight twice.
#pragma once

#include "ops/targets.h"
#include "runtime/device_loops.cuh"
#include "runtime/field.h"
#include "runtime/gemm.h"

namespace anacrusis::cuda {

// Elements first.. of a view; none of a null one.
template <class T>
inline View<T> part_of(View<T> v, int64_t first, int64_t n) {
  return v ? View<T>{v.data + first, n} : v;
}

template <class Void>
inline FloatView<Void> part_of(FloatView<Void> v, int64_t first, int64_t n) {
  using Byte = std::conditional_t<std::is_const_v<Void>, const char, char>;
  return {static_cast<Byte*>(v.data) + first * size_of(v.dtype), n, v.dtype};
}

inline int64_t device_chunk(int64_t T, int64_t floats_per_token, DType dtype, int64_t budget) {
  constexpr int64_t kLeast = 16;
  const int64_t fit = budget / (floats_per_token * size_of(dtype)) / kLeast * kLeast;
  const int64_t tokens = fit < kLeast ? kLeast : fit;
  return tokens < T ? tokens : T;
}

// Which tokens have a gradient: a drawn one of the vocabulary, with a factor that is not 0.
struct CountedTokens {
  const int32_t* targets;
  int64_t V;
  const float *first, *second;  // factors; second may be null

  FORMULA_METHOD bool operator()(int64_t token) const {
    return in_vocabulary(targets[token], V) &&
           (first[token] != 0.0f || (second && second[token] != 0.0f));
  }
};

// Hidden rows of a chunk; zeros for tokens that do not count, since 0 times NaN would get into dweight.
template <class T>
struct CountedRow {
  CountedTokens counts;
  int64_t first, D;
  const T* hidden;
  T* out;

  FORMULA_METHOD void operator()(int64_t i) const {
    const int64_t token = first + i / D;
    out[i] = counts(token) ? hidden[first * D + i] : T{};
  }
};

struct LinearHead {
  int64_t T, V, D;
  FloatsIn hidden, weight;
  FloatsOut dhidden;
  View<float> dweight;  // null where the weight is frozen
  bool accumulate;
};

inline Gemm product(const LinearHead& head, int64_t M, int64_t N, int64_t K) {
  Gemm g;
  g.M = M;
  g.N = N;
  g.K = K;
  g.type = g.c_type = head.hidden.dtype;
  return g;
}

// [tokens, D] weight^T
inline void make_logits(const Stream& stream, const LinearHead& head, const void* hidden, int64_t tokens, void* logits) {
  Gemm g = product(head, tokens, head.V, head.D);
  g.transpose_b = true;
  gemm(stream, g, hidden, head.weight.data, logits);
}

// f(first, tokens, logits): puts the gradients of tokens first.. in the place of their logits.
template <class F>
void linear_gradients(const Stream& stream, const LinearHead& head, const CountedTokens& counts, int64_t budget,
                      const F& f) {
  const DType dtype = head.hidden.dtype;
  const int64_t chunk = device_chunk(head.T, head.V + head.D, dtype, budget);
  DeviceScratch<char> logits(stream, chunk * head.V * size_of(dtype));
  DeviceScratch<char> hidden(stream, chunk * head.D * size_of(dtype));
  if (head.T == 0 && head.dweight && !head.accumulate) {
    must("fill", device_table().fill(head.dweight.data, 0, static_cast<size_t>(head.dweight.size) * sizeof(float),
                                     stream.handle));
  }
  for (int64_t first = 0; first < head.T; first += chunk) {
    const int64_t tokens = chunk < head.T - first ? chunk : head.T - first;
    for_float_type(dtype, [&](auto zero) {
      using T = decltype(zero);
      map(stream, tokens * head.D,
          CountedRow<T>{counts, first, head.D, head.hidden.as<const T>().data, reinterpret_cast<T*>(hidden.data())});
    });
    make_logits(stream, head, hidden.data(), tokens, logits.data());
    f(first, tokens, FloatsOut{logits.data(), tokens * head.V, dtype});
    gemm(stream, product(head, tokens, head.D, head.V), logits.data(), head.weight.data,
         part_of(head.dhidden, first * head.D, tokens * head.D).data);
    if (!head.dweight) continue;
    Gemm g = product(head, head.V, head.D, tokens);
    g.transpose_a = true;
    g.c_type = DType::f32;
    g.beta = head.accumulate || first > 0 ? 1.0f : 0.0f;
    gemm(stream, g, logits.data(), hidden.data(), head.dweight.data);
  }
}

}  // namespace anacrusis::cuda
