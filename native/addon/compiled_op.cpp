#include "compiled_op.h"

#include <stdexcept>

namespace anacrusis {
namespace {

int index_of(const char* name, std::span<const Field> fields) {
  if (*name == '\0') return -1;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (std::string_view(fields[i].name) == name) return static_cast<int>(i);
  }
  throw std::logic_error(std::string("no field named ") + name);
}

std::vector<std::string> split(const char* list) {
  std::vector<std::string> parts;
  std::string all(list);
  for (size_t begin = 0; begin < all.size();) {
    const size_t bar = std::min(all.find('|', begin), all.size());
    parts.push_back(all.substr(begin, bar - begin));
    begin = bar + 1;
  }
  return parts;
}

std::vector<DType> float_types(const char* choices) {
  std::vector<DType> types;
  for (const std::string& name : split(choices)) {
    if (name != "f32" && name != "bf16" && name != "f16") throw std::logic_error("no float type: " + name);
    types.push_back(name == "f32" ? DType::f32 : name == "bf16" ? DType::bf16 : DType::f16);
  }
  return types;
}

CompiledField compile(const Field& field, std::span<const Field> fields) {
  CompiledField compiled{};
  compiled.field = &field;
  if (*field.values_lo && field.dtype != DType::i32 && field.dtype != DType::u8) {
    throw std::logic_error("values() is for arrays of i32 and u8");
  }
  if (field.kind == Kind::array) compiled.shape.emplace(field.shape, fields);
  if (field.kind == Kind::arrays) compiled.lengths_of = index_of(field.shape, fields);
  if (*field.values_lo) compiled.values_lo.emplace(field.values_lo, fields);
  if (*field.values_hi) compiled.values_hi.emplace(field.values_hi, fields);
  compiled.choices = split(field.choices);
  compiled.in_place = index_of(field.in_place, fields);
  if (field.dtype == DType::floats) {
    compiled.float_choice = index_of(field.dtype_from, fields);
    if (compiled.float_choice < 0) throw std::logic_error("floats need dtype_of()");
    compiled.float_types = float_types(fields[static_cast<size_t>(compiled.float_choice)].choices);
  }
  return compiled;
}

std::vector<CompiledOp> compile_all() {
  std::vector<CompiledOp> ops;
  for (const OpInfo& info : op_list()) {
    CompiledOp op{&info, static_cast<int>(ops.size()), {}};
    for (const Field& field : info.fields) {
      try {
        op.fields.push_back(compile(field, info.fields));
      } catch (const std::logic_error& error) {
        throw std::logic_error(std::string("op ") + info.name + ", field " + field.name + ": " +
                               error.what());
      }
    }
    ops.push_back(std::move(op));
  }
  return ops;
}

}  // namespace

const std::vector<CompiledOp>& compiled_ops() {
  static const std::vector<CompiledOp> ops = compile_all();
  return ops;
}

}  // namespace anacrusis
