// A long row of logits that a cluster of blocks keeps in its shared memory (compute capability 9.0): read once, written
// once, where runtime/logit_rows.cuh reads twice.
//
// The cluster's 1,024 threads are those of RowTeam<1024>, with the same chunks and the same order of sums, so that a row
// has the same bits on either path. A thread copies, reads and refills its own chunks alone: it needs no barrier for
// them, and a chunk of the next row is under way as soon as the gradient of this one's is stored. As few blocks as let
// two clusters share a multiprocessor, so that one works while the other waits for its sums: 4 of 76 KB for 151,936
// bf16 logits.
#pragma once

#include "runtime/logit_rows.cuh"

namespace anacrusis::cuda {

constexpr int kMostInCluster = 8;  // what every device with clusters takes

template <class T, int kBlocks>
struct RowOnChip {
  static constexpr int kTeam = 1024, kThreads = kTeam / kBlocks, kWarps = kThreads / kWarp;
  static constexpr int kEach = 16 / sizeof(T), kParts = kChunk / kEach;
  static constexpr int kAhead = 4;  // copies under way while a chunk is added

  Vec<T, kEach>* slots;
  int64_t V;
  int first;  // chunk of this thread

  DEVICE_METHOD RowOnChip(Vec<T, kEach>* shared, int64_t width)
      : slots(shared), V(width), first(static_cast<int>(cluster_rank()) * kThreads + static_cast<int>(threadIdx.x)) {}

  static int64_t shared_bytes(int64_t V) {
    const int64_t stripe = int64_t{kTeam} * kChunk;
    return (V + stripe - 1) / stripe * kThreads * kChunk * static_cast<int64_t>(sizeof(T));
  }

  DEVICE_METHOD int chunks() const { return static_cast<int>((V / kChunk - first + kTeam - 1) / kTeam); }
  DEVICE_METHOD int64_t begin(int i) const { return (static_cast<int64_t>(i) * kTeam + first) * kChunk; }
  DEVICE_METHOD Vec<T, kEach>* slot(int i, int part) const {
    return slots + (i * kParts + part) * kThreads + static_cast<int>(threadIdx.x);
  }

  DEVICE_METHOD void fetch(const T* row, int i) const {
    UNROLL
    for (int part = 0; part < kParts; ++part) copy_async<16>(slot(i, part), row + begin(i) + part * kEach);
    copy_async_commit();
  }
  DEVICE_METHOD void fetch_all(const T* row) const {
    for (int i = 0; i < chunks(); ++i) fetch(row, i);
  }
  // Until chunk i is there, of those that fetch was called for in order.
  DEVICE_METHOD void wait(int i) const {
    if (i + kAhead < chunks()) copy_async_wait<kAhead>();
    else copy_async_wait<0>();
  }
  DEVICE_METHOD void load(int i, float (&z)[kChunk]) const {
    UNROLL
    for (int part = 0; part < kParts; ++part) {
      const auto loaded = *slot(i, part);
      UNROLL
      for (int k = 0; k < kEach; ++k) z[part * kEach + k] = math::to_float(loaded.v[k]);
    }
  }
};

struct PartialSums {
  double sum, weighted;
};

// Partials of the block's warps. Two cluster_syncs go by between what a warp writes here and its next write.
struct ClusterPartials {
  float* maxima;
  PartialSums* sums;
};

// S and W of a row, in the first warp of every block; all threads of the cluster must come. As block_max and block_sum
// over RowTeam<1024>, whose 32 warps are the lanes here.
template <class Row>
DEVICE math::SoftmaxSums cluster_softmax_sums(const Row& row, float scale, ClusterPartials partials) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp, warp = static_cast<int>(threadIdx.x) / kWarp;
  const int its_warp = lane % Row::kWarps;
  const auto its_rank = static_cast<uint32_t>(lane / Row::kWarps);
  ThreadSums own;
  for (int i = 0; i < row.chunks(); ++i) {
    row.wait(i);
    float z[kChunk];
    row.load(i, z);
    own.add(z, scale);
  }
  const float largest = warp_max(own.reference);
  if (lane == 0) partials.maxima[warp] = largest;
  cluster_sync();
  const float reference = warp_max(*cluster_shared(partials.maxima + its_warp, its_rank));
  own.rise_to(reference, scale);
  const PartialSums mine{warp_sum(static_cast<double>(own.sum)), warp_sum(static_cast<double>(own.weighted))};
  if (lane == 0) partials.sums[warp] = mine;
  cluster_sync();
  if (warp > 0) return {};
  const PartialSums its = *cluster_shared(partials.sums + its_warp, its_rank);
  math::SoftmaxSums sums{reference, shfl(its.sum, 0), shfl(its.weighted, 0)};
  for (int other = 1; other < kWarp; ++other) {
    sums.sum += shfl(its.sum, other);
    sums.weighted += shfl(its.weighted, other);
  }
  return sums;
}

// Blocks of the cluster for these rows; 0 where RowTeam has to do.
template <class T>
int cluster_for_rows(const Stream& stream, const T* logits, int64_t V) {
  constexpr int64_t kStatic = 2048;  // partials, and what the driver keeps
  if (V <= 16384 || V % kChunk != 0 || reinterpret_cast<uintptr_t>(logits) % 16 != 0) return 0;
  const DeviceProperties device = properties_of(stream);
  if (device.major < 9) return 0;
  const auto fits = [&](int64_t bytes, int times) {
    return (bytes + kStatic) * times <= device.shared_bytes_per_block;
  };
  if (fits(RowOnChip<T, 2>::shared_bytes(V), 2)) return 2;
  if (fits(RowOnChip<T, 4>::shared_bytes(V), 2)) return 4;
  return fits(RowOnChip<T, kMostInCluster>::shared_bytes(V), 1) ? kMostInCluster : 0;
}

}  // namespace anacrusis::cuda
