// What an op sees of its arguments: plain pointers with lengths, in host or device memory.
#pragma once

#include <cstdint>

namespace anacrusis {

// A contiguous array of `size` elements. A null view stands for an optional argument left out.
// `View<const T>` is an input, `View<T>` an output: the field description reads it off the type.
template <class T>
struct View {
  T* data = nullptr;
  int64_t size = 0;

#if defined(__CUDACC__)
  __host__ __device__
#endif
  T& operator[](int64_t i) const { return data[i]; }
#if defined(__CUDACC__)
  __host__ __device__
#endif
  explicit operator bool() const { return data != nullptr; }
};

// A list of arrays, one per tensor.
template <class T>
struct Views {
  const View<T>* items = nullptr;
  int64_t count = 0;

  const View<T>& operator[](int64_t i) const { return items[i]; }
  explicit operator bool() const { return items != nullptr; }
};

}  // namespace anacrusis
