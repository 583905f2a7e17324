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
  const size_t bytes = (static_cast<size_t>(floats) * sizeof(float) + 63) / 64 * 64;
  memory.data = static_cast<float*>(std::aligned_alloc(64, bytes));
  memory.floats = memory.data ? floats : 0;
  return memory.data;
}

void with_scratch(int64_t floats, ScratchBody body, void* context) {
  struct Memory {
    float* data;
    ~Memory() { std::free(data); }
  };
  const auto bytes = static_cast<size_t>(floats > 0 ? floats : 1) * sizeof(float);
  const Memory memory{static_cast<float*>(std::malloc(bytes))};
  if (!memory.data) throw_out_of_memory();
  body(memory.data, context);
}

void throw_out_of_memory() { throw std::bad_alloc(); }

}  // namespace anacrusis
