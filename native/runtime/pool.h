// One pool of threads for the process. Work is cut into chunks by its size alone and any thread may
// take any chunk, so results do not depend on the number of threads.
#pragma once

#include <cstdint>

namespace anacrusis {

using ChunkFunction = void (*)(const void* context, int64_t chunk);

// Runs function(context, 0..chunks-1), chunks < 2^32; the caller takes part. A call while the pool is busy with
// another caller's work runs on the calling thread alone.
void run_chunks(int64_t chunks, ChunkFunction function, const void* context);

int thread_count();
void set_thread_count(int count);  // 1..256, takes effect with the next call

// The threads live while at least one user (a Node environment, a test) holds the pool: a library
// must never be unloaded under a running thread.
void retain_pool();
void release_pool();

}  // namespace anacrusis
