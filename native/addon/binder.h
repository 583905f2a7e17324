// Reads a JavaScript call into an op's argument struct, checking everything that the description says.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "compiled_op.h"
#include "napi.h"

namespace anacrusis {

constexpr int32_t kHost = -1;

// Where an array argument lives, as the back end of this binary sees it.
struct ArrayArgument {
  napi_value value = nullptr;  // the JavaScript object, for references
  void* data = nullptr;
  int64_t size = 0;
  bool shared = false;  // another thread may write to it during the call
  int32_t device = kHost;
};

enum class ArrayRead { ok, absent, wrong };

// host_arrays.cpp (typed arrays) or device_arrays.cpp (device buffers). On `wrong`, `failure` says why.
ArrayRead read_array(napi_env env, napi_value value, DType dtype, ArrayArgument& array,
                     Failure& failure);
bool is_detached(napi_env env, napi_value value);
// Data whose elements the binder may read to check them.
constexpr bool kHostMemory =
#if defined(ANACRUSIS_CUDA)
    false;
#else
    true;
#endif

class Call {
 public:
  Call(napi_env env, const CompiledOp& op, const napi_value* values, size_t count);

  const void* arguments() const { return storage_; }
  const CompiledOp& op() const { return op_; }
  // The one device of all arrays (kHost in the CPU binary).
  int32_t device() const { return device_; }

  // For work that outlives the call: inputs move into memory of the call's own, outputs get a place
  // there. `outputs` receives what has to be written back.
  struct Output {
    size_t field;
    size_t item;
    napi_value value;
    const void* own;
    int64_t bytes;
  };
  std::vector<Output> detach();

 private:
  struct List {
    std::vector<ArrayArgument> arrays;
    std::vector<View<char>> views;  // same layout for every element type
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
  std::string received(napi_value value) const;

  napi_env env_;
  const CompiledOp& op_;
  int32_t device_ = kHost;
  std::array<ArrayArgument, 32> arrays_{};
  std::vector<List> lists_;
  std::vector<int> list_of_field_;
  std::vector<std::unique_ptr<std::byte[]>> owned_;
  alignas(16) std::byte storage_[kMaxArgumentBytes];
};

}  // namespace anacrusis
