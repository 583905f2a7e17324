// Many arrays in one launch: every array is cut into tiles of kTile elements, a block takes one tile after
// another and finds the tile's array by bisection. The cut depends on the sizes alone.
#pragma once

#include <vector>

#include "view.h"
#include "wide.h"

namespace anacrusis::cuda {

constexpr int kTileThreads = 256;
constexpr int64_t kTile = 4096;

// For kernels: tiles first[k] .. first[k + 1] - 1 are those of array k.
struct Tiles {
  const int64_t* first;
  int64_t arrays, count;

  DEVICE_METHOD int64_t array_of(int64_t tile) const {
    int64_t low = 0, high = arrays - 1;
    while (low < high) {
      const int64_t middle = (low + high + 1) / 2;
      if (first[middle] <= tile) low = middle;
      else high = middle - 1;
    }
    return low;
  }
  DEVICE_METHOD int64_t begin(int64_t tile, int64_t array) const { return (tile - first[array]) * kTile; }
  // The elements of the tile, of an array of `size`.
  DEVICE_METHOD int64_t length(int64_t begin, int64_t size) const {
    return smaller(size - begin, kTile);
  }
};

// The table on the device.
class TileTable {
 public:
  template <class T>
  TileTable(const Stream& stream, const Views<T>& list)
      : host_(prefix(list)), device_(stream, host_.data(), static_cast<int64_t>(host_.size())) {}

  Tiles tiles() const { return {device_.data(), static_cast<int64_t>(host_.size()) - 1, host_.back()}; }
  uint32_t grid() const {
    constexpr int64_t kMost = int64_t{1} << 20;
    return static_cast<uint32_t>(smaller(host_.back(), kMost));
  }

 private:
  template <class T>
  static std::vector<int64_t> prefix(const Views<T>& list) {
    std::vector<int64_t> first{0};
    for (int64_t k = 0; k < list.count; ++k) first.push_back(first.back() + (list[k].size + kTile - 1) / kTile);
    return first;
  }

  std::vector<int64_t> host_;
  DeviceScratch<int64_t> device_;
};

}  // namespace anacrusis::cuda
