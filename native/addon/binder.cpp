#include "binder.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace anacrusis {
namespace {

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  double parsed = 0;
  for (int digits = 1; digits < 17; ++digits) {
    char shorter[32];
    std::snprintf(shorter, sizeof shorter, "%.*g", digits, value);
    if (std::sscanf(shorter, "%lf", &parsed) == 1 && parsed == value) return shorter;
  }
  return text;
}

std::string range_text(const Field& field) {
  const bool whole = field.kind != Kind::real;
  std::string text = whole ? "an integer" : "a finite number";
  const bool low = std::isfinite(field.lo), high = std::isfinite(field.hi);
  if (low && high) {
    return text + " in " + (field.lo_open ? "(" : "[") + number_text(field.lo) + ", " +
           number_text(field.hi) + "]";
  }
  if (low) return text + (field.lo_open ? " > " : " >= ") + number_text(field.lo);
  if (high) return text + " <= " + number_text(field.hi);
  return text;
}

bool in_range(const Field& field, double value) {
  if (!std::isfinite(value) || value > field.hi) return false;
  return field.lo_open ? value > field.lo : value >= field.lo;
}

bool overlap(const ArrayArgument& a, int64_t a_bytes, const ArrayArgument& b, int64_t b_bytes) {
  const auto a0 = reinterpret_cast<uintptr_t>(a.data), b0 = reinterpret_cast<uintptr_t>(b.data);
  return a0 < b0 + static_cast<uintptr_t>(b_bytes) && b0 < a0 + static_cast<uintptr_t>(a_bytes);
}

template <class T>
int64_t first_outside(const void* data, int64_t size, int64_t lo, int64_t hi) {
  const T* elements = static_cast<const T*>(data);
  bool ok = true;
  for (int64_t i = 0; i < size; ++i) ok &= elements[i] >= lo && elements[i] <= hi;
  if (ok) return -1;
  for (int64_t i = 0; i < size; ++i) {
    if (!(elements[i] >= lo && elements[i] <= hi)) return i;
  }
  return -1;
}

}  // namespace

Call::Call(napi_env env, const CompiledOp& op, const napi_value* values, size_t count)
    : env_(env), op_(op) {
  const size_t fields = op.fields.size();
  if (count != fields) {
    refuse("ERR_ARGUMENT_COUNT", "(arguments)", std::to_string(fields) + " values",
           std::to_string(count));
  }
  op.info->construct(storage_);
  // No JavaScript runs from here on: every value is read once, as it is.
  for (size_t i = 0; i < fields; ++i) read(i, values[i]);
  check_device();
  check_shapes();
  check_aliases();
  check_values();
  if (op.info->check && kHostMemory) {
    if (auto failure = op.info->check(storage_)) throw Refused{*failure};
  }
}

void Call::refuse(const char* code, std::string parameter, std::string expected,
                  std::string received) const {
  throw Refused{{code, std::move(parameter), std::move(expected), std::move(received)}};
}

std::string Call::received(napi_value value) const {
  napi_valuetype type;
  must(env_, napi_typeof(env_, value, &type));
  switch (type) {
    case napi_undefined: return "undefined";
    case napi_null: return "null";
    case napi_boolean: return "a boolean";
    case napi_string: return "a string";
    case napi_symbol: return "a symbol";
    case napi_function: return "a function";
    case napi_bigint: return "a BigInt";
    case napi_number: {
      double number;
      must(env_, napi_get_value_double(env_, value, &number));
      return number == 0 && std::signbit(number) ? "-0" : number_text(number);
    }
    default: {
      bool is_array = false;
      must(env_, napi_is_array(env_, value, &is_array));
      return is_array ? "an array" : "an object";
    }
  }
}

void Call::read(size_t index, napi_value value) {
  const CompiledField& compiled = op_.fields[index];
  const Field& field = *compiled.field;
  switch (field.kind) {
    case Kind::dim:
    case Kind::integer:
    case Kind::real: return read_number(field, value);
    case Kind::flag: {
      bool flag;
      if (napi_get_value_bool(env_, value, &flag) != napi_ok) {
        refuse("ERR_TYPE", field.name, "a boolean", received(value));
      }
      std::memcpy(storage_ + field.offset, &flag, sizeof flag);
      return;
    }
    case Kind::choice: return read_choice(compiled, value);
    case Kind::array: return read_array_field(index, value);
    case Kind::arrays: return read_list(index, value);
  }
}

void Call::read_number(const Field& field, napi_value value) {
  double number;
  if (napi_get_value_double(env_, value, &number) != napi_ok) {
    refuse("ERR_TYPE", field.name, range_text(field), received(value));
  }
  const bool whole = field.kind != Kind::real;
  const bool exact = number == std::floor(number) && std::fabs(number) <= 9007199254740991.0 &&
                     !(number == 0 && std::signbit(number));
  if (!in_range(field, number) || (whole && !exact)) {
    refuse("ERR_RANGE", field.name, range_text(field), received(value));
  }
  if (whole) {
    const auto integer = static_cast<int64_t>(number);
    std::memcpy(storage_ + field.offset, &integer, sizeof integer);
  } else {
    std::memcpy(storage_ + field.offset, &number, sizeof number);
  }
}

void Call::read_choice(const CompiledField& compiled, napi_value value) {
  const Field& field = *compiled.field;
  char text[64];
  size_t length = 0;
  const bool is_text = napi_get_value_string_utf8(env_, value, text, sizeof text, &length) == napi_ok;
  for (size_t i = 0; is_text && i < compiled.choices.size(); ++i) {
    if (compiled.choices[i] != std::string_view(text, length)) continue;
    const Choice choice{static_cast<int32_t>(i)};
    std::memcpy(storage_ + field.offset, &choice, sizeof choice);
    return;
  }
  std::string expected = "one of";
  for (const std::string& choice : compiled.choices) expected += " '" + choice + "'";
  refuse(is_text ? "ERR_RANGE" : "ERR_TYPE", field.name, expected,
         is_text ? "'" + std::string(text, length) + "'" : received(value));
}

void Call::store_view(const Field& field, const ArrayArgument& array) {
  const View<char> view{static_cast<char*>(array.data), array.size};
  std::memcpy(storage_ + field.offset, &view, sizeof view);
}

void Call::read_array_field(size_t index, napi_value value) {
  const Field& field = *op_.fields[index].field;
  Failure failure;
  switch (read_array(env_, value, field.dtype, arrays_[index], failure)) {
    case ArrayRead::ok: return store_view(field, arrays_[index]);
    case ArrayRead::absent:
      if (field.is_optional) return;
      [[fallthrough]];
    case ArrayRead::wrong:
      failure.parameter = field.name;
      if (failure.received.empty()) failure.received = received(value);
      throw Refused{failure};
  }
}

void Call::read_list(size_t index, napi_value value) {
  const Field& field = *op_.fields[index].field;
  bool is_array = false;
  must(env_, napi_is_array(env_, value, &is_array));
  if (!is_array) {
    napi_valuetype type;
    must(env_, napi_typeof(env_, value, &type));
    if (field.is_optional && (type == napi_undefined || type == napi_null)) return;
    refuse("ERR_TYPE", field.name, "an array of arrays", received(value));
  }
  uint32_t length;
  must(env_, napi_get_array_length(env_, value, &length));
  if (list_of_field_.empty()) list_of_field_.assign(op_.fields.size(), -1);
  list_of_field_[index] = static_cast<int>(lists_.size());
  List& list = lists_.emplace_back();
  list.arrays.resize(length);
  list.views.resize(length);
  for (uint32_t i = 0; i < length; ++i) {
    napi_value item;
    must(env_, napi_get_element(env_, value, i, &item));
    Failure failure;
    if (read_array(env_, item, field.dtype, list.arrays[i], failure) != ArrayRead::ok) {
      failure.parameter = std::string(field.name) + "[" + std::to_string(i) + "]";
      if (failure.received.empty()) failure.received = received(item);
      throw Refused{failure};
    }
    list.views[i] = {static_cast<char*>(list.arrays[i].data), list.arrays[i].size};
  }
  const Views<char> views{list.views.data(), length};
  std::memcpy(storage_ + field.offset, &views, sizeof views);
}

void Call::check_device() {
  const char* first = nullptr;
  const auto check = [&](const ArrayArgument& array, const Field& field) {
    if (!array.value) return;
    if (!first) {
      first = field.name;
      device_ = array.device;
    }
    if (array.device == device_) return;
    refuse("ERR_DEVICE_MIXED", field.name,
           "memory of cuda:" + std::to_string(device_) + ", where " + first + " is",
           "memory of cuda:" + std::to_string(array.device));
  };
  for (size_t i = 0; i < op_.fields.size(); ++i) {
    check(arrays_[i], *op_.fields[i].field);
    if (list_of_field_.empty() || list_of_field_[i] < 0) continue;
    for (const ArrayArgument& array : lists_[static_cast<size_t>(list_of_field_[i])].arrays) {
      check(array, *op_.fields[i].field);
    }
  }
}

void Call::check_shapes() {
  for (size_t i = 0; i < op_.fields.size(); ++i) {
    const CompiledField& compiled = op_.fields[i];
    if (compiled.lengths_of >= 0) check_lengths(i);
    const ArrayArgument& array = arrays_[i];
    if (!compiled.shape || !array.value) continue;
    int64_t expected;
    const bool counted = compiled.shape->count(storage_, expected);
    if (counted && expected == array.size && (expected > 0 || !is_detached(env_, array.value))) {
      continue;
    }
    const bool detached = array.size == 0 && is_detached(env_, array.value);
    std::string got = std::to_string(array.size) + " elements";
    if (detached) got = "an array whose buffer is detached";
    refuse(detached ? "ERR_DETACHED" : counted ? "ERR_SHAPE" : "ERR_RANGE", compiled.field->name,
           (counted ? std::to_string(expected) + " elements, " : "a size below 2^53, ") +
               compiled.shape->text(storage_),
           got);
  }
}

void Call::check_lengths(size_t index) {
  const CompiledField& compiled = op_.fields[index];
  if (list_of_field_.empty() || list_of_field_[index] < 0) return;
  const auto other_field = static_cast<size_t>(compiled.lengths_of);
  if (list_of_field_[other_field] < 0) return;
  const List& list = lists_[static_cast<size_t>(list_of_field_[index])];
  const List& other = lists_[static_cast<size_t>(list_of_field_[other_field])];
  const std::string name = compiled.field->name, other_name = op_.fields[other_field].field->name;
  if (list.arrays.size() != other.arrays.size()) {
    refuse("ERR_SHAPE", name, std::to_string(other.arrays.size()) + " arrays, as in " + other_name,
           std::to_string(list.arrays.size()));
  }
  for (size_t i = 0; i < list.arrays.size(); ++i) {
    if (list.arrays[i].size == other.arrays[i].size) continue;
    const std::string item = "[" + std::to_string(i) + "]";
    refuse("ERR_SHAPE", name + item,
           std::to_string(other.arrays[i].size) + " elements, as " + other_name + item,
           std::to_string(list.arrays[i].size) + " elements");
  }
}

void Call::check_aliases() {
  struct Range {
    const ArrayArgument* array;
    int64_t bytes;
    size_t field;
  };
  std::array<Range, 32> few;
  std::vector<Range> many;
  size_t count = 0;
  const auto add = [&](const ArrayArgument& array, size_t field) {
    const Range range{&array, array.size * size_of(op_.fields[field].field->dtype), field};
    if (range.bytes == 0) return;
    if (lists_.empty()) few[count++] = range;
    else many.push_back(range);
  };
  for (size_t i = 0; i < op_.fields.size(); ++i) {
    if (arrays_[i].value) add(arrays_[i], i);
    if (list_of_field_.empty() || list_of_field_[i] < 0) continue;
    for (const ArrayArgument& array : lists_[static_cast<size_t>(list_of_field_[i])].arrays) {
      add(array, i);
    }
  }
  const auto compare = [&](const Range& a, const Range& b) {
    const Field& fa = *op_.fields[a.field].field;
    const Field& fb = *op_.fields[b.field].field;
    if (fa.role == Role::in && fb.role == Role::in) return;
    if (!overlap(*a.array, a.bytes, *b.array, b.bytes)) return;
    const bool same = a.array->data == b.array->data && a.bytes == b.bytes;
    if (same && (op_.fields[a.field].in_place == static_cast<int>(b.field) ||
                 op_.fields[b.field].in_place == static_cast<int>(a.field))) {
      return;
    }
    const Field& output = fa.role == Role::in ? fb : fa;
    refuse("ERR_ALIAS", output.name, "memory of its own",
           std::string("memory shared with ") + (&output == &fa ? fb.name : fa.name));
  };
  if (lists_.empty()) {
    for (size_t i = 0; i < count; ++i) {
      for (size_t j = i + 1; j < count; ++j) compare(few[i], few[j]);
    }
    return;
  }
  // Sorted by address only neighbours can overlap unless one contains many: keep the furthest end.
  std::sort(many.begin(), many.end(), [](const Range& a, const Range& b) {
    return reinterpret_cast<uintptr_t>(a.array->data) < reinterpret_cast<uintptr_t>(b.array->data);
  });
  size_t furthest = 0;
  const auto end_of = [](const Range& r) { return reinterpret_cast<uintptr_t>(r.array->data) + r.bytes; };
  for (size_t i = 1; i < many.size(); ++i) {
    compare(many[furthest], many[i]);
    if (end_of(many[i]) > end_of(many[furthest])) furthest = i;
  }
}

void Call::check_values() {
  if (!kHostMemory) return;
  for (size_t i = 0; i < op_.fields.size(); ++i) {
    const CompiledField& compiled = op_.fields[i];
    ArrayArgument& array = arrays_[i];
    if (!compiled.values_lo || !array.value) continue;
    if (array.shared) {
      // Checked indices must stay as they were checked.
      array.data = own_copy(array.data, array.size * size_of(compiled.field->dtype));
      store_view(*compiled.field, array);
    }
    int64_t lo = 0, hi = 0;
    compiled.values_lo->evaluate(storage_, lo);
    compiled.values_hi->evaluate(storage_, hi);
    const int64_t bad = compiled.field->dtype == DType::u8
                            ? first_outside<uint8_t>(array.data, array.size, lo, hi)
                            : first_outside<int32_t>(array.data, array.size, lo, hi);
    if (bad < 0) continue;
    const int64_t value = compiled.field->dtype == DType::u8
                              ? static_cast<const uint8_t*>(array.data)[bad]
                              : static_cast<const int32_t*>(array.data)[bad];
    refuse("ERR_RANGE", std::string(compiled.field->name) + "[" + std::to_string(bad) + "]",
           "a value in [" + std::to_string(lo) + ", " + std::to_string(hi) + "]",
           std::to_string(value));
  }
}

void* Call::own_copy(const void* data, int64_t bytes) {
  owned_.push_back(std::make_unique_for_overwrite<std::byte[]>(static_cast<size_t>(bytes)));
  if (bytes > 0) std::memcpy(owned_.back().get(), data, static_cast<size_t>(bytes));
  return owned_.back().get();
}

std::vector<Call::Output> Call::detach() {
  std::vector<Output> outputs;
  for (size_t i = 0; i < op_.fields.size(); ++i) {
    const Field& field = *op_.fields[i].field;
    if (arrays_[i].value) {
      ArrayArgument& array = arrays_[i];
      const int64_t bytes = array.size * size_of(field.dtype);
      array.data = own_copy(array.data, bytes);
      store_view(field, array);
      if (field.role != Role::in) outputs.push_back({i, 0, array.value, array.data, bytes});
    }
    if (list_of_field_.empty() || list_of_field_[i] < 0) continue;
    List& list = lists_[static_cast<size_t>(list_of_field_[i])];
    for (size_t item = 0; item < list.arrays.size(); ++item) {
      ArrayArgument& array = list.arrays[item];
      const int64_t bytes = array.size * size_of(field.dtype);
      array.data = own_copy(array.data, bytes);
      list.views[item].data = static_cast<char*>(array.data);
      if (field.role != Role::in) outputs.push_back({i, item, array.value, array.data, bytes});
    }
  }
  return outputs;
}

}  // namespace anacrusis
