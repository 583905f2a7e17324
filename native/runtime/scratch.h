// Working memory of op loops.
#pragma once

#include <cstdint>

namespace anacrusis {

// At least `floats` floats of the calling thread, aligned to 64 bytes, kept from call to call and grown
// when too small; the next call on the same thread may move it. Null when memory runs out: loops of the pool must not
// throw, the op reports it when they are done.
float* thread_scratch(int64_t floats);

// body(memory, context) with memory of this one call: untouched, and so without pages until it is
// written. A callback, so that op sources, built once per instruction set, have nothing to clean up.
// Throws std::bad_alloc.
using ScratchBody = void (*)(float* memory, void* context);
void with_scratch(int64_t floats, ScratchBody body, void* context);

// For ops whose loops ran out of memory.
[[noreturn]] void throw_out_of_memory();

}  // namespace anacrusis
