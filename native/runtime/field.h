// The description of an op: one Field per argument, from which come the argument checks, the errors,
// the TypeScript declarations, the bad-input tests, the op table of the docs and the bench inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

#include "view.h"

namespace anacrusis {

enum class Kind : uint8_t { dim, integer, real, flag, choice, array, arrays };
enum class Role : uint8_t { in, out, inout };

constexpr int64_t size_of(DType dtype) {
  switch (dtype) {
    case DType::f64: return 8;
    case DType::u8: return 1;
    case DType::bf16:
    case DType::f16: return 2;
    default: return 4;
  }
}

using Dim = int64_t;  // a size that shape expressions may name
struct Integer {
  int64_t value = 0;
  FORMULA_METHOD constexpr operator int64_t() const { return value; }
};
struct Choice {
  int32_t index = 0;  // position in Field::choices
};

struct Field {
  const char* name = "";
  const char* doc = "";
  const char* shape = "";     // array: "B,H,T+1"; arrays: the field whose list has the same lengths
  const char* choices = "";   // choice: "first|second"
  const char* values_lo = "";  // i32 and u8 arrays: smallest legal element, an expression of dims
  const char* values_hi = "";
  const char* dtype_from = "";  // DType::floats: the choice "f32|bf16|f16" that says which
  const char* in_place = "";  // output: the input that it may share its memory with exactly
  double lo = -std::numeric_limits<double>::infinity();
  double hi = std::numeric_limits<double>::infinity();
  uint32_t offset = 0;
  Kind kind = Kind::dim;
  DType dtype = DType::none;
  Role role = Role::in;
  bool is_optional = false;
  bool lo_open = false;
  bool on_host = false;  // an ordinary typed array on every device: offsets, lengths, small tables

  constexpr Field about(const char* text) const { return with(&Field::doc, text); }
  constexpr Field dims(const char* expression) const { return with(&Field::shape, expression); }
  constexpr Field lengths_of(const char* list) const { return with(&Field::shape, list); }
  constexpr Field one_of(const char* list) const { return with(&Field::choices, list); }
  constexpr Field may_alias(const char* input) const { return with(&Field::in_place, input); }
  constexpr Field optional() const { return with(&Field::is_optional, true); }
  // The choice argument, declared one_of("f32|bf16|f16"), that says the type of a FloatsIn or FloatsOut. Of
  // FloatViews, declared one_of("bf16|f16"): what items are whose JavaScript type is that of both.
  constexpr Field dtype_of(const char* choice) const { return with(&Field::dtype_from, choice); }
  // Read on the host before anything runs, also when the other arrays are on a device: its values are
  // checked, and a CUDA op uploads what its kernels need (DeviceScratch).
  constexpr Field host() const { return with(&Field::on_host, true); }
  // Outputs that are also read.
  constexpr Field updated() const { return with(&Field::role, Role::inout); }
  constexpr Field range(double low, double high) const {
    return with(&Field::lo, low).with(&Field::hi, high);
  }
  constexpr Field at_least(double low) const { return with(&Field::lo, low); }
  constexpr Field above(double low) const {
    return with(&Field::lo, low).with(&Field::lo_open, true);
  }
  constexpr Field values(const char* low, const char* high) const {
    return with(&Field::values_lo, low).with(&Field::values_hi, high);
  }

 private:
  template <class T>
  constexpr Field with(T Field::* member, T value) const {
    Field copy = *this;
    copy.*member = value;
    return copy;
  }
};

namespace detail {

template <class T>
constexpr DType dtype_of() {
  using U = std::remove_const_t<T>;
  if constexpr (std::is_same_v<U, float>) return DType::f32;
  if constexpr (std::is_same_v<U, double>) return DType::f64;
  if constexpr (std::is_same_v<U, int32_t>) return DType::i32;
  if constexpr (std::is_same_v<U, uint8_t>) return DType::u8;
  return DType::none;
}

template <class T>
struct Member;
template <>
struct Member<Dim> {
  static constexpr Kind kind = Kind::dim;
};
template <>
struct Member<Integer> {
  static constexpr Kind kind = Kind::integer;
};
template <>
struct Member<double> {
  static constexpr Kind kind = Kind::real;
};
template <>
struct Member<bool> {
  static constexpr Kind kind = Kind::flag;
};
template <>
struct Member<Choice> {
  static constexpr Kind kind = Kind::choice;
};
template <class T>
struct Member<View<T>> {
  static constexpr Kind kind = Kind::array;
  using Element = T;
};
template <>
struct Member<FloatsIn> {
  static constexpr Kind kind = Kind::array;
};
template <>
struct Member<FloatsOut> {
  static constexpr Kind kind = Kind::array;
};
template <>
struct Member<FloatViews> {
  static constexpr Kind kind = Kind::arrays;
};
template <class T>
struct Member<Views<T>> {
  static constexpr Kind kind = Kind::arrays;
  using Element = T;
};

}  // namespace detail

template <class M>
constexpr Field field(const char* name, size_t offset) {
  Field f;
  f.name = name;
  f.offset = static_cast<uint32_t>(offset);
  f.kind = detail::Member<M>::kind;
  if constexpr (requires { typename detail::Member<M>::Element; }) {
    using Element = typename detail::Member<M>::Element;
    f.dtype = detail::dtype_of<Element>();
    f.role = std::is_const_v<Element> ? Role::in : Role::out;
  }
  if constexpr (std::is_same_v<M, FloatsIn> || std::is_same_v<M, FloatViews>) f.dtype = DType::floats;
  if constexpr (std::is_same_v<M, FloatsOut>) {
    f.dtype = DType::floats;
    f.role = Role::out;
  }
  if (f.kind == Kind::dim) f.lo = 0;
  return f;
}

// FIELD(Gae, rewards): kind, dtype and direction are read off the member's type.
#define FIELD(Op, member) \
  ::anacrusis::field<decltype(Op::member)>(#member, offsetof(Op, member))

}  // namespace anacrusis
