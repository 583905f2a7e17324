// Several elements with one load or store.
#pragma once

#include "kernel.h"

namespace anacrusis::cuda {

// A count that lambdas take as an argument and templates as a constant.
template <int n>
struct Width {
  FORMULA_METHOD constexpr operator int() const { return n; }
};

template <int kWidth, class T>
DEVICE Vec<T, kWidth> load_some(const T* from) {
  return *reinterpret_cast<const Vec<T, kWidth>*>(from);
}
template <int kWidth, class T>
DEVICE void store_some(T* to, const Vec<T, kWidth>& values) {
  *reinterpret_cast<Vec<T, kWidth>*>(to) = values;
}

// Whether these arrays of floats begin where four can be read at once.
template <class... Pointers>
FORMULA bool aligned_to_four(const Pointers*... arrays) {
  return ((reinterpret_cast<uintptr_t>(arrays) % 16 == 0) && ...);
}

// f(i, width) for the elements of 0..n-1 that thread `thread` of kThreads takes: from i on, four of them
// where `wide`, and one by one otherwise and in the last n % 4.
template <int kThreads, class F>
DEVICE void each_of(int thread, int64_t n, bool wide, const F& f) {
  const int64_t whole = wide ? n - n % 4 : 0;
  for (int64_t i = 4 * thread; i < whole; i += 4 * kThreads) f(i, Width<4>{});
  for (int64_t i = whole + thread; i < n; i += kThreads) f(i, Width<1>{});
}

}  // namespace anacrusis::cuda
