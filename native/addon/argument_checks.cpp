// What an op's description says of its arguments together: device, shapes, aliases, element values.
#include <algorithm>
#include <limits>

#include "binder.h"

namespace anacrusis {
namespace {

bool overlap(const ArrayArgument& a, int64_t a_bytes, const ArrayArgument& b, int64_t b_bytes) {
  const auto a0 = reinterpret_cast<uintptr_t>(a.data), b0 = reinterpret_cast<uintptr_t>(b.data);
  return a0 < b0 + static_cast<uintptr_t>(b_bytes) && b0 < a0 + static_cast<uintptr_t>(a_bytes);
}

template <class T>
int64_t first_outside(const void* data, int64_t size, int64_t lo, int64_t hi) {
  const T* elements = static_cast<const T*>(data);
  // Extremes of the elements' own type: vectors of bytes are 16 times as fast as of 64-bit comparisons.
  T least = std::numeric_limits<T>::max(), most = std::numeric_limits<T>::min();
  for (int64_t i = 0; i < size; ++i) {
    least = std::min(least, elements[i]);
    most = std::max(most, elements[i]);
  }
  if (size == 0 || (least >= lo && most <= hi)) return -1;
  for (int64_t i = 0; i < size; ++i) {
    if (!(elements[i] >= lo && elements[i] <= hi)) return i;
  }
  return -1;
}

}  // namespace

void Call::check_device() {
  const char* first = nullptr;
  const auto check = [&](const ArrayArgument& array, const Field& field) {
    if (!array.value || array.device == kHost) return;
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
  const auto detached = [&](const ArrayArgument& array) {
    return array.device == kHost && is_detached(env_, array.value);
  };
  for (size_t i = 0; i < op_.fields.size(); ++i) {
    const CompiledField& compiled = op_.fields[i];
    if (compiled.lengths_of >= 0) check_lengths(i);
    const ArrayArgument& array = arrays_[i];
    if (!compiled.shape || !array.value) continue;
    int64_t expected;
    const bool counted = compiled.shape->count(storage_, expected);
    if (counted && expected == array.size && (expected > 0 || !detached(array))) {
      continue;
    }
    const bool gone = array.size == 0 && detached(array);
    std::string got = std::to_string(array.size) + " elements";
    if (gone) got = "an array whose buffer is detached";
    refuse(gone ? "ERR_DETACHED" : counted ? "ERR_SHAPE" : "ERR_RANGE", compiled.field->name,
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

// Every array of the call that is not empty.
std::vector<Call::Range> Call::ranges() const {
  std::vector<Range> ranges;
  const auto add = [&](const ArrayArgument& array, size_t field) {
    const int64_t bytes = array.size * size_of(array.dtype);
    if (array.value && bytes > 0) ranges.push_back({&array, bytes, field});
  };
  for (size_t i = 0; i < op_.fields.size(); ++i) {
    add(arrays_[i], i);
    if (list_of_field_.empty() || list_of_field_[i] < 0) continue;
    for (const ArrayArgument& array : lists_[static_cast<size_t>(list_of_field_[i])].arrays) {
      add(array, i);
    }
  }
  return ranges;
}

// An output shares memory with nothing but the input that it may replace, and with that exactly.
void Call::check_pair(const Range& a, const Range& b) const {
  const Field& fa = *op_.fields[a.field].field;
  const Field& fb = *op_.fields[b.field].field;
  if (fa.role == Role::in && fb.role == Role::in) return;
  if (!overlap(*a.array, a.bytes, *b.array, b.bytes)) return;
  const bool same = a.array->data == b.array->data && a.bytes == b.bytes;
  const bool allowed = op_.fields[a.field].in_place == static_cast<int>(b.field) ||
                       op_.fields[b.field].in_place == static_cast<int>(a.field);
  if (same && allowed) return;
  const Field& output = fa.role == Role::in ? fb : fa;
  refuse("ERR_ALIAS", output.name, "memory of its own",
         std::string("memory shared with ") + (&output == &fa ? fb.name : fa.name));
}

void Call::check_aliases() {
  constexpr size_t kFew = 32;
  std::vector<Range> all = ranges();
  if (all.size() <= kFew) {
    for (size_t i = 0; i < all.size(); ++i) {
      for (size_t j = i + 1; j < all.size(); ++j) check_pair(all[i], all[j]);
    }
    return;
  }
  // By address: whatever overlaps an earlier range overlaps the one of them that ends last.
  const auto begin = [](const Range& r) { return reinterpret_cast<uintptr_t>(r.array->data); };
  const auto end = [&](const Range& r) { return begin(r) + static_cast<uintptr_t>(r.bytes); };
  std::sort(all.begin(), all.end(),
            [&](const Range& a, const Range& b) { return begin(a) < begin(b); });
  size_t last_end = 0;
  for (size_t i = 1; i < all.size(); ++i) {
    check_pair(all[last_end], all[i]);
    if (end(all[i]) > end(all[last_end])) last_end = i;
  }
}

void Call::check_values() {
  for (size_t i = 0; i < op_.fields.size(); ++i) {
    const CompiledField& compiled = op_.fields[i];
    ArrayArgument& array = arrays_[i];
    if (!array.value) continue;
    if (array.shared && compiled.field->role == Role::in) {
      // What is checked, here or by the op on its way, must stay as it was then: these may be indices.
      array.data = own_copy(array.data, array.size * size_of(array.dtype));
      store_view(*compiled.field, array);
    }
    if (!compiled.values_lo) continue;
    int64_t lo = 0, hi = 0;
    compiled.values_lo->evaluate(storage_, lo);
    compiled.values_hi->evaluate(storage_, hi);
    if (!on_host(*compiled.field)) {
      value_checks_.push_back({array.data, array.size, array.dtype, lo, hi, op_.index, static_cast<int32_t>(i)});
      continue;
    }
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

}  // namespace anacrusis
