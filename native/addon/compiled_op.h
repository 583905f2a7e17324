// An op as the binder uses it: its description with the shape expressions compiled.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/op_info.h"
#include "shape.h"

namespace anacrusis {

struct CompiledField {
  const Field* field;
  std::optional<ShapeExpression> shape;          // arrays with a shape
  std::optional<SizeExpression> values_lo, values_hi;
  std::vector<std::string> choices;
  int lengths_of = -1;  // arrays: index of the list with the same lengths
  int in_place = -1;    // output: index of the input it may share its memory with
  int float_choice = -1;  // DType::floats: index of the choice that says the type
  std::vector<DType> float_types;  // what each of its values says
};

struct CompiledOp {
  const OpInfo* info;
  int index;  // in ops.h
  std::vector<CompiledField> fields;
};

// All ops; built once per process.
const std::vector<CompiledOp>& compiled_ops();

}  // namespace anacrusis
