#include "pool.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace anacrusis {
namespace {

// Long enough to bridge the gap between two ops of a step, short enough not to steal a busy core.
constexpr int kSpins = 2000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

int default_thread_count() {
  if (const char* text = std::getenv("ANACRUSIS_THREADS")) {
    const int value = std::atoi(text);
    if (value >= 1 && value <= 256) return value;
  }
  const unsigned cores = std::thread::hardware_concurrency();
  return cores == 0 ? 1 : static_cast<int>(cores > 64 ? 64 : cores);
}

struct Job {
  ChunkFunction function = nullptr;
  const void* context = nullptr;
  uint32_t chunks = 0;
  uint32_t id = 0;
};

class Pool {
 public:
  void run(uint32_t chunks, ChunkFunction function, const void* context) {
    std::unique_lock<std::mutex> owner(owner_, std::try_to_lock);
    if (!owner.owns_lock() || !ensure_workers()) {
      for (uint32_t i = 0; i < chunks; ++i) function(context, i);
      return;
    }
    Job job;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      job = job_ = {function, context, chunks, job_.id + 1};
      finished_.store(0, std::memory_order_relaxed);
      ticket_.store(static_cast<uint64_t>(job.id) << 32, std::memory_order_release);
    }
    wake_.notify_all();
    take_chunks(job);
    // Waits for the chunks, not for the workers: one that sleeps through the job costs nothing.
    for (int spin = 0; spin < kSpins; ++spin) {
      if (finished_.load(std::memory_order_acquire) == chunks) return;
      pause();
    }
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [&] { return finished_.load(std::memory_order_acquire) == chunks; });
  }

  int count() { return count_.load(std::memory_order_relaxed); }
  void set_count(int count) { count_.store(count, std::memory_order_relaxed); }

  void retain() {
    std::lock_guard<std::mutex> owner(owner_);
    ++users_;
  }

  void release() {
    std::lock_guard<std::mutex> owner(owner_);
    if (--users_ == 0) stop();
  }

 private:
  // The ticket carries the job's id beside the next chunk, so a worker that wakes late cannot take a
  // chunk of a job that it has not read.
  void take_chunks(const Job& job) {
    uint64_t ticket = ticket_.load(std::memory_order_acquire);
    for (;;) {
      const auto id = static_cast<uint32_t>(ticket >> 32);
      const auto chunk = static_cast<uint32_t>(ticket);
      if (id != job.id || chunk >= job.chunks) return;
      if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel)) continue;
      job.function(job.context, chunk);
      if (finished_.fetch_add(1, std::memory_order_acq_rel) + 1 == job.chunks) {
        std::lock_guard<std::mutex> lock(mutex_);
        done_.notify_one();
      }
      ticket = ticket_.load(std::memory_order_acquire);
    }
  }

  // True when there is somebody to share the work with.
  bool ensure_workers() {
    if (users_ == 0) return false;
    const auto wanted = static_cast<size_t>(count() - 1);
    if (workers_.size() != wanted) {
      stop();
      stopping_ = false;
      try {
        for (size_t i = 0; i < wanted; ++i) {
          workers_.emplace_back([this, id = job_.id] { work(id); });
        }
      } catch (const std::system_error&) {
        // The machine refuses more threads: go on with those that there are.
        set_count(static_cast<int>(workers_.size()) + 1);
      }
    }
    return !workers_.empty();
  }

  void stop() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  void work(uint32_t seen) {
    for (;;) {
      for (int spin = 0; spin < kSpins; ++spin) {
        if (static_cast<uint32_t>(ticket_.load(std::memory_order_acquire) >> 32) != seen) break;
        pause();
      }
      Job job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || job_.id != seen; });
        if (stopping_) return;
        job = job_;
      }
      seen = job.id;
      take_chunks(job);
    }
  }

  std::mutex owner_;  // held for the length of one job
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::vector<std::thread> workers_;
  Job job_;
  std::atomic<uint64_t> ticket_{0};
  std::atomic<uint32_t> finished_{0};
  std::atomic<int> count_{default_thread_count()};
  int users_ = 0;
  bool stopping_ = false;
};

// Never destroyed: at exit() the threads may still sleep in it.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

}  // namespace

void run_chunks(int64_t chunks, ChunkFunction function, const void* context) {
  if (chunks <= 0) return;
  if (chunks == 1 || pool().count() == 1) {
    for (int64_t i = 0; i < chunks; ++i) function(context, i);
    return;
  }
  pool().run(static_cast<uint32_t>(chunks), function, context);
}

int thread_count() { return pool().count(); }
void set_thread_count(int count) { pool().set_count(count); }
void retain_pool() { pool().retain(); }
void release_pool() { pool().release(); }

}  // namespace anacrusis
