#include "binder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace anacrusis {
namespace {

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
  settle_floats();
  check_device();
  check_shapes();
  check_aliases();
  check_values();
  if (op.info->check) {
    if (auto failure = op.info->check(storage_)) throw Refused{*failure};
  }
  if (kHostMemory && op.info->check_values) {
    if (auto failure = op.info->check_values(storage_)) throw Refused{*failure};
  }
}

void Call::refuse(const char* code, std::string parameter, std::string expected,
                  std::string received) const {
  throw Refused{{code, std::move(parameter), std::move(expected), std::move(received)}};
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
        refuse("ERR_TYPE", field.name, "a boolean", value_text(env_, value));
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
    refuse("ERR_TYPE", field.name, range_text(field), value_text(env_, value));
  }
  const bool whole = field.kind != Kind::real;
  const bool exact = number == std::floor(number) && std::fabs(number) <= 9007199254740991.0 &&
                     !(number == 0 && std::signbit(number));
  if (!in_range(field, number) || (whole && !exact)) {
    refuse("ERR_RANGE", field.name, range_text(field), value_text(env_, value));
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
         is_text ? "'" + std::string(text, length) + "'" : value_text(env_, value));
}

void Call::store_view(const Field& field, const ArrayArgument& array) {
  const FloatsOut view{array.data, array.size, array.dtype};  // a View is the front of it
  std::memcpy(storage_ + field.offset, &view,
              field.dtype == DType::floats ? sizeof view : sizeof(View<char>));
}

// Arrays whose type another argument says: an array of that type, and the view knows it.
void Call::settle_floats() {
  for (size_t i = 0; i < op_.fields.size(); ++i) {
    const CompiledField& compiled = op_.fields[i];
    ArrayArgument& array = arrays_[i];
    const bool is_list = compiled.field->kind == Kind::arrays;
    if (compiled.float_choice < 0 || (!is_list && !array.value)) continue;
    const CompiledField& names = op_.fields[static_cast<size_t>(compiled.float_choice)];
    Choice choice;
    std::memcpy(&choice, storage_ + names.field->offset, sizeof choice);
    const DType wanted = compiled.float_types[static_cast<size_t>(choice.index)];
    if (is_list) {
      settle_list(i, wanted);
      continue;
    }
    if (!fits(array.dtype, wanted)) {
      const auto name = on_host(*compiled.field) ? host_array_name : device_array_name;
      refuse("ERR_DTYPE", compiled.field->name,
             name(wanted) + ", as " + names.field->name + " is '" +
                 names.choices[static_cast<size_t>(choice.index)] + "'",
             name(array.dtype));
    }
    array.dtype = wanted;
    store_view(*compiled.field, array);
  }
}

void Call::settle_list(size_t index, DType half) {
  if (list_of_field_.empty() || list_of_field_[index] < 0) return;
  List& list = lists_[static_cast<size_t>(list_of_field_[index])];
  for (size_t item = 0; item < list.arrays.size(); ++item) {
    ArrayArgument& array = list.arrays[item];
    if (array.dtype == DType::floats) array.dtype = half;
    list.floats[item].dtype = array.dtype;
  }
}

void Call::read_array_field(size_t index, napi_value value) {
  const Field& field = *op_.fields[index].field;
  Failure failure;
  switch (read_array(env_, value, field, arrays_[index], failure)) {
    case ArrayRead::ok: return store_view(field, arrays_[index]);
    case ArrayRead::absent:
      if (field.is_optional) return;
      [[fallthrough]];
    case ArrayRead::wrong:
      failure.parameter = field.name;
      if (failure.received.empty()) failure.received = value_text(env_, value);
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
    refuse("ERR_TYPE", field.name, "an array of arrays", value_text(env_, value));
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
    if (read_array(env_, item, field, list.arrays[i], failure) != ArrayRead::ok) {
      failure.parameter = std::string(field.name) + "[" + std::to_string(i) + "]";
      if (failure.received.empty()) failure.received = value_text(env_, item);
      throw Refused{failure};
    }
    list.views[i] = {static_cast<char*>(list.arrays[i].data), list.arrays[i].size};
  }
  if (field.dtype == DType::floats) {
    for (const ArrayArgument& array : list.arrays) list.floats.push_back({array.data, array.size, array.dtype});
    const FloatViews views{list.floats.data(), length};
    std::memcpy(storage_ + field.offset, &views, sizeof views);
    return;
  }
  const Views<char> views{list.views.data(), length};
  std::memcpy(storage_ + field.offset, &views, sizeof views);
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
      const int64_t bytes = array.size * size_of(array.dtype);
      array.data = own_copy(array.data, bytes);
      store_view(field, array);
      if (field.role != Role::in) {
        outputs.push_back({i, 0, array.value, array.data, bytes, array.dtype});
      }
    }
    if (list_of_field_.empty() || list_of_field_[i] < 0) continue;
    List& list = lists_[static_cast<size_t>(list_of_field_[i])];
    for (size_t item = 0; item < list.arrays.size(); ++item) {
      ArrayArgument& array = list.arrays[item];
      const int64_t bytes = array.size * size_of(array.dtype);
      array.data = own_copy(array.data, bytes);
      list.views[item].data = static_cast<char*>(array.data);
      if (!list.floats.empty()) list.floats[item].data = array.data;
      if (field.role != Role::in) {
        outputs.push_back({i, item, array.value, array.data, bytes, array.dtype});
      }
    }
  }
  return outputs;
}

}  // namespace anacrusis
