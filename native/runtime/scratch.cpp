#include "scratch.h"

#include <cstdlib>
#include <new>

namespace anacrusis {
namespace {

struct ThreadMemory {
  float* data = nullptr;
  int64_t floats = 0;

  ~ThreadMemory() { std::free(data); }
};

thread_local ThreadMemory memory;

}  // namespace

float* thread_scratch(int64_t floats) {
  if (floats <= memory.floats) return memory.data;
  std::free(memory.data);
  memory.data = static_cast<float*>(std::calloc(static_cast<size_t>(floats), sizeof(float)));
  memory.floats = memory.data ? floats : 0;
  return memory.data;
}

Scratch::Scratch(int64_t floats)
    : data_(floats > 0 ? static_cast<float*>(std::malloc(static_cast<size_t>(floats) * sizeof(float)))
                       : nullptr) {
  if (floats > 0 && !data_) throw_out_of_memory();
}

Scratch::~Scratch() { std::free(data_); }

void throw_out_of_memory() { throw std::bad_alloc(); }

}  // namespace anacrusis
