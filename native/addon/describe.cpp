// The descriptions of all ops as a JavaScript value: input of the generators.
#include "describe.h"

#include <cmath>

namespace anacrusis {
namespace {

const char* text_of(Kind kind) {
  static const char* const names[] = {"dim", "integer", "real", "flag", "choice", "array", "arrays"};
  return names[static_cast<size_t>(kind)];
}

const char* text_of(DType dtype) {
  static const char* const names[] = {"none", "f32", "f64", "i32", "u8", "bf16", "f16", "floats"};
  return names[static_cast<size_t>(dtype)];
}

const char* text_of(Role role) {
  static const char* const names[] = {"in", "out", "inout"};
  return names[static_cast<size_t>(role)];
}

napi_value make_bool(napi_env env, bool flag) {
  napi_value value;
  must(env, napi_get_boolean(env, flag, &value));
  return value;
}

napi_value describe_field(napi_env env, const Field& field) {
  napi_value object;
  must(env, napi_create_object(env, &object));
  set(env, object, "name", field.name);
  set(env, object, "about", field.doc);
  set(env, object, "kind", text_of(field.kind));
  set(env, object, "dtype", text_of(field.dtype));
  set(env, object, "role", text_of(field.role));
  set(env, object, "shape", field.shape);
  set(env, object, "choices", field.choices);
  set(env, object, "valuesLo", field.values_lo);
  set(env, object, "valuesHi", field.values_hi);
  set(env, object, "inPlace", field.in_place);
  set(env, object, "dtypeFrom", field.dtype_from);
  set(env, object, "lo", make_number(env, field.lo));
  set(env, object, "hi", make_number(env, field.hi));
  set(env, object, "loOpen", make_bool(env, field.lo_open));
  set(env, object, "optional", make_bool(env, field.is_optional));
  set(env, object, "onHost", make_bool(env, field.on_host));
  return object;
}

}  // namespace

napi_value describe(napi_env env) {
  napi_value list;
  must(env, napi_create_array(env, &list));
  for (const CompiledOp& op : compiled_ops()) {
    napi_value object, fields;
    must(env, napi_create_object(env, &object));
    must(env, napi_create_array(env, &fields));
    set(env, object, "name", op.info->name);
    set(env, object, "about", op.info->about);
    set(env, object, "onCuda", make_bool(env, op.info->on_cuda));
    for (uint32_t i = 0; i < op.fields.size(); ++i) {
      must(env, napi_set_element(env, fields, i, describe_field(env, *op.fields[i].field)));
    }
    set(env, object, "fields", fields);
    must(env, napi_set_element(env, list, static_cast<uint32_t>(op.index), object));
  }
  return list;
}

}  // namespace anacrusis
