// What an op sees of its arguments: plain pointers with lengths, in host or device memory.
#pragma once

#include <cstdint>

#include "math/float16.h"

namespace anacrusis {

// A contiguous array of `size` elements. A null view stands for an optional argument left out.
// `View<const T>` is an input, `View<T>` an output: the field description reads it off the type.
template <class T>
struct View {
  T* data = nullptr;
  int64_t size = 0;

  FORMULA_METHOD T& operator[](int64_t i) const { return data[i]; }
  FORMULA_METHOD explicit operator bool() const { return data != nullptr; }
};

enum class DType : uint8_t { none, f32, f64, i32, u8, bf16, f16, floats };

// An array of f32, bf16 or f16 elements: which, another argument of the call says (Field::dtype_from).
template <class Void>
struct FloatView {
  Void* data = nullptr;
  int64_t size = 0;
  DType dtype = DType::none;

  FORMULA_METHOD explicit operator bool() const { return data != nullptr; }
  // The same array with its type known.
  template <class T>
  FORMULA_METHOD View<T> as() const {
    return {static_cast<T*>(data), size};
  }
};
using FloatsIn = FloatView<const void>;
using FloatsOut = FloatView<void>;

// f(T{}) with T the element type, one of float, Bf16, F16: for templates over it.
template <class F>
inline void for_float_type(DType dtype, const F& f) {
  if (dtype == DType::bf16) f(Bf16{});
  else if (dtype == DType::f16) f(F16{});
  else f(float{});
}

// A list of arrays, one per tensor.
template <class T>
struct Views {
  const View<T>* items = nullptr;
  int64_t count = 0;

  const View<T>& operator[](int64_t i) const { return items[i]; }
  explicit operator bool() const { return items != nullptr; }
};

// A list of arrays of floats, each of its own type.
struct FloatViews {
  const FloatsIn* items = nullptr;
  int64_t count = 0;

  const FloatsIn& operator[](int64_t i) const { return items[i]; }
};

}  // namespace anacrusis
