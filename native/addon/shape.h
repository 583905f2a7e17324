// Shape expressions of the field descriptions: "B,H,T+1", "2*K". Compiled once, evaluated per call.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/field.h"

namespace anacrusis {

// A sum of products of dims and constants.
class SizeExpression {
 public:
  // Throws std::logic_error on text that does not parse: a fault of the op's author.
  SizeExpression(const char* text, std::span<const Field> fields);

  // False on overflow.
  bool evaluate(const std::byte* arguments, int64_t& result) const;

 private:
  struct Product {
    int64_t factor = 1;  // carries the sign
    std::vector<uint32_t> dims;  // offsets of Dim members
  };
  std::vector<Product> sum_;
};

// The sizes of an array, outermost first; their product is its length.
class ShapeExpression {
 public:
  ShapeExpression(const char* text, std::span<const Field> fields);

  // False when a size is negative or the product exceeds 2^53.
  bool count(const std::byte* arguments, int64_t& result) const;
  // "3x4 (N,T)": for messages.
  std::string text(const std::byte* arguments) const;

 private:
  const char* source_;
  std::vector<SizeExpression> sizes_;
};

}  // namespace anacrusis
