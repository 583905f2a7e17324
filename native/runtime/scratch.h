// Working memory of op loops.
#pragma once

#include <cstdint>

namespace anacrusis {

// At least `floats` floats of the calling thread, kept from call to call and grown when too small; the
// next call on the same thread may move it. Null when memory runs out: loops of the pool must not
// throw, the op reports it when they are done.
float* thread_scratch(int64_t floats);

// Memory of one call, untouched and so without pages until it is written. Throws std::bad_alloc.
class Scratch {
 public:
  explicit Scratch(int64_t floats);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  float* data() const { return data_; }

 private:
  float* data_;
};

// For ops whose loops ran out of memory.
[[noreturn]] void throw_out_of_memory();

}  // namespace anacrusis
