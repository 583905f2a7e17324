// What the addon and the tests know of an op: its description and its checks, with the type erased.
#pragma once

#include <new>
#include <optional>
#include <span>

#include "ops.h"

namespace anacrusis {

struct OpInfo {
  const char* name;
  const char* about;
  std::span<const Field> fields;
  void (*construct)(void* storage);
  // Null: the fields say all. `check` reads sizes, numbers and host() arrays; `check_values` reads the
  // elements of the others, so only a back end whose arrays are on the host runs it.
  std::optional<Failure> (*check)(const void* arguments);
  std::optional<Failure> (*check_values)(const void* arguments);
  bool on_cuda;
};

constexpr size_t kMaxArgumentBytes = 2048;

template <class Op>
OpInfo op_info() {
  static_assert(sizeof(Op) <= kMaxArgumentBytes && std::is_trivially_destructible_v<Op>);
  OpInfo info{Op::name, Op::about, Op::fields(), nullptr, nullptr, nullptr, false};
  info.construct = [](void* storage) { new (storage) Op(); };
  if constexpr (requires(const Op& op) { Op::check(op); }) {
    info.check = [](const void* op) { return Op::check(*static_cast<const Op*>(op)); };
  }
  if constexpr (requires(const Op& op) { Op::check_values(op); }) {
    info.check_values = [](const void* op) { return Op::check_values(*static_cast<const Op*>(op)); };
  }
  if constexpr (requires { Op::on_cuda; }) info.on_cuda = Op::on_cuda;
  return info;
}

inline std::span<const OpInfo> op_list() {
#define ANACRUSIS_OP_INFO(Op) op_info<Op>(),
  static const OpInfo list[] = {ANACRUSIS_OPS(ANACRUSIS_OP_INFO)};
#undef ANACRUSIS_OP_INFO
  return list;
}

}  // namespace anacrusis
