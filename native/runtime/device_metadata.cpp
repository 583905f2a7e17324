#include "device_metadata.h"

#include <cstring>
#include <map>
#include <mutex>
#include <vector>

namespace anacrusis {
namespace {

constexpr int64_t kArena = int64_t{4} << 20, kLargest = kArena / 4;

struct Entry {
  uint64_t hash;
  std::vector<unsigned char> content;
  int64_t offset;
};

struct Arena {
  char* data = nullptr;
  int64_t used = 0;
  std::vector<Entry> entries;
};

uint64_t hash_of(const unsigned char* bytes, int64_t count) {  // FNV-1a over words
  uint64_t hash = 14695981039346656037u;
  for (int64_t i = 0; i < count; i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes + i, static_cast<size_t>(count - i < 8 ? count - i : 8));
    hash = (hash ^ word) * 1099511628211u;
    hash ^= hash >> 29;
  }
  return hash;
}

}  // namespace

const void* kept_on_device(const Stream& stream, const void* host, int64_t bytes) {
  if (bytes == 0 || bytes > kLargest) return nullptr;
  static std::mutex mutex;
  static auto* const arenas = new std::map<StreamHandle, Arena>;  // a device has one stream, for good
  const std::lock_guard<std::mutex> lock(mutex);
  Arena& arena = (*arenas)[stream.handle];
  const auto* const content = static_cast<const unsigned char*>(host);
  const uint64_t hash = hash_of(content, bytes);
  for (const Entry& entry : arena.entries) {
    const bool same = entry.hash == hash && static_cast<int64_t>(entry.content.size()) == bytes;
    if (same && std::memcmp(entry.content.data(), content, entry.content.size()) == 0) return arena.data + entry.offset;
  }
  if (!arena.data) arena.data = static_cast<char*>(allocate_on(stream, kArena));
  const int64_t room = (bytes + 255) / 256 * 256;
  if (arena.used + room > kArena) {
    arena.entries.clear();
    arena.used = 0;
  }
  must("upload", device_table().upload(arena.data + arena.used, host, static_cast<size_t>(bytes), stream.handle));
  arena.entries.push_back({hash, {content, content + bytes}, arena.used});
  arena.used += room;
  return arena.data + arena.entries.back().offset;
}

}  // namespace anacrusis
