// Reads a JavaScript call into an op's argument struct, checking everything that the description says.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "compiled_op.h"
#include "napi.h"
#include "runtime/value_check.h"

namespace anacrusis {

constexpr int32_t kHost = -1;
constexpr size_t kMaxFields = 40;  // of an op

// Where an array argument lives, as the back end of this binary sees it.
struct ArrayArgument {
  napi_value value = nullptr;  // the JavaScript object, for references
  void* data = nullptr;
  int64_t size = 0;
  bool shared = false;  // another thread may write to it during the call
  int32_t device = kHost;
  DType dtype = DType::none;  // as the array says it; a Uint16Array is `floats`: bf16 or f16, it does not say
};

enum class ArrayRead { ok, absent, wrong };

// Typed arrays (host_arrays.cpp), and in the CUDA binary device buffers (device_arrays.cpp). On `wrong`,
// `failure` says why. DType::floats takes f32, bf16 and f16.
ArrayRead read_host_array(napi_env env, napi_value value, DType dtype, ArrayArgument& array,
                          Failure& failure);
ArrayRead read_device_array(napi_env env, napi_value value, DType dtype, ArrayArgument& array,
                            Failure& failure);
bool is_detached(napi_env env, napi_value value);
// What an array of that dtype is called in messages.
std::string host_array_name(DType dtype);
std::string device_array_name(DType dtype);

// Whether an array that says `got` may hold elements of `wanted`.
constexpr bool fits(DType got, DType wanted) {
  return got == wanted || (got == DType::floats && (wanted == DType::bf16 || wanted == DType::f16));
}

constexpr bool kHostMemory =
#if defined(ANACRUSIS_CUDA)
    false;
#else
    true;
#endif

// Whether the argument is a typed array, whose elements the binder may read.
constexpr bool on_host(const Field& field) { return kHostMemory || field.on_host; }
inline ArrayRead read_array(napi_env env, napi_value value, const Field& field, ArrayArgument& array,
                            Failure& failure) {
  if constexpr (kHostMemory) return read_host_array(env, value, field.dtype, array, failure);
  return field.on_host ? read_host_array(env, value, field.dtype, array, failure)
                       : read_device_array(env, value, field.dtype, array, failure);
}

// What is said of a value in messages: a number as JavaScript writes it, of others the kind.
std::string number_text(double value);
std::string value_text(napi_env env, napi_value value);

// What marks a JavaScript object as a device array, whichever binary made it.
constexpr napi_type_tag kDeviceArrayTag = {0x8c1f2a6d4b7e4d11, 0x9a35c0de51f0b2a7};

class Call {
 public:
  Call(napi_env env, const CompiledOp& op, const napi_value* values, size_t count);

  const void* arguments() const { return storage_; }
  const CompiledOp& op() const { return op_; }
  // The one device of all arrays (kHost in the CPU binary).
  int32_t device() const { return device_; }
  // Elements that only the device can look at.
  const std::vector<ValueCheck>& value_checks() const { return value_checks_; }

  // For work that outlives the call: inputs move into memory of the call's own, outputs get a place
  // there. `outputs` receives what has to be written back.
  struct Output {
    size_t field;
    size_t item;
    napi_value value;
    const void* own;
    int64_t bytes;
    DType dtype;
  };
  std::vector<Output> detach();

 private:
  struct List {
    std::vector<ArrayArgument> arrays;
    std::vector<View<char>> views;  // same layout for every element type
    std::vector<FloatsIn> floats;   // instead of them where the items know their types
  };
  struct Range {
    const ArrayArgument* array;
    int64_t bytes;
    size_t field;
  };

  void read(size_t index, napi_value value);
  void read_number(const Field& field, napi_value value);
  void read_choice(const CompiledField& compiled, napi_value value);
  void read_array_field(size_t index, napi_value value);
  void read_list(size_t index, napi_value value);
  void settle_floats();
  void settle_list(size_t index, DType half);
  void check_device();
  void check_shapes();
  void check_lengths(size_t index);
  void check_aliases();
  void check_pair(const Range& a, const Range& b) const;
  std::vector<Range> ranges() const;
  void check_values();
  void store_view(const Field& field, const ArrayArgument& array);
  void* own_copy(const void* data, int64_t bytes);

  [[noreturn]] void refuse(const char* code, std::string parameter, std::string expected,
                           std::string received) const;

  napi_env env_;
  const CompiledOp& op_;
  int32_t device_ = kHost;
  std::array<ArrayArgument, kMaxFields> arrays_{};
  std::vector<List> lists_;
  std::vector<int> list_of_field_;
  std::vector<std::unique_ptr<std::byte[]>> owned_;
  std::vector<ValueCheck> value_checks_;
  alignas(16) std::byte storage_[kMaxArgumentBytes];
};

}  // namespace anacrusis
