#include "shape.h"

#include <cctype>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace anacrusis {
namespace {

constexpr int64_t kLargest = int64_t{1} << 53;

const Field& find_dim(std::string_view name, std::span<const Field> fields) {
  for (const Field& field : fields) {
    if (name == field.name && field.kind == Kind::dim) return field;
  }
  throw std::logic_error("no dim named " + std::string(name));
}

int64_t dim_at(const std::byte* arguments, uint32_t offset) {
  int64_t value;
  std::memcpy(&value, arguments + offset, sizeof value);
  return value;
}

}  // namespace

SizeExpression::SizeExpression(const char* text, std::span<const Field> fields) {
  Product product;
  if (*text == '-') {
    product.factor = -1;
    ++text;
  }
  for (const char* at = text;; ++at) {
    const char* end = at;
    while (std::isalnum(static_cast<unsigned char>(*end)) || *end == '_') ++end;
    if (end == at) throw std::logic_error(std::string("bad shape expression: ") + text);
    const std::string atom(at, end);
    if (std::isdigit(static_cast<unsigned char>(atom[0]))) {
      product.factor *= std::stoll(atom);
    } else {
      product.dims.push_back(find_dim(atom, fields).offset);
    }
    at = end;
    if (*at == '*') continue;
    sum_.push_back(product);
    product = {};
    if (*at == '-') product.factor = -1;
    if (*at == '\0') return;
    if (*at != '+' && *at != '-') throw std::logic_error(std::string("bad shape expression: ") + text);
  }
}

bool SizeExpression::evaluate(const std::byte* arguments, int64_t& result) const {
  result = 0;
  for (const Product& product : sum_) {
    int64_t value = product.factor;
    for (const uint32_t dim : product.dims) {
      if (__builtin_mul_overflow(value, dim_at(arguments, dim), &value)) return false;
    }
    if (__builtin_add_overflow(result, value, &result)) return false;
  }
  return true;
}

ShapeExpression::ShapeExpression(const char* text, std::span<const Field> fields) : source_(text) {
  const std::string all(text);
  for (size_t begin = 0; begin < all.size();) {
    const size_t comma = std::min(all.find(',', begin), all.size());
    sizes_.emplace_back(all.substr(begin, comma - begin).c_str(), fields);
    begin = comma + 1;
  }
}

bool ShapeExpression::count(const std::byte* arguments, int64_t& result) const {
  result = 1;
  for (const SizeExpression& size : sizes_) {
    int64_t value;
    if (!size.evaluate(arguments, value) || value < 0) return false;
    if (__builtin_mul_overflow(result, value, &result) || result > kLargest) return false;
  }
  return true;
}

std::string ShapeExpression::text(const std::byte* arguments) const {
  std::string out;
  for (const SizeExpression& size : sizes_) {
    int64_t value;
    const bool ok = size.evaluate(arguments, value) && value >= 0;
    if (!out.empty()) out += 'x';
    out += ok ? std::to_string(value) : "?";
  }
  return out + " (" + source_ + ")";
}

}  // namespace anacrusis
