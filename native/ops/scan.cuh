// The discounted scans on CUDA. Which kernel takes a row, its length and the number of rows decide, so the order
// of all operations depends on shapes alone.
//
//   rows up to 8 and 64 steps    8 lanes with 1 step each, 16 lanes with 4: a warp has no lane without work
//   longer rows                  a warp per row, 256 steps at a time from the end: a lane composes 8 steps, 5 shuffles
//                                compose the lanes, and one multiply-add carries the state on
//   few rows, longer still       a block per 2048 steps: maps of the chunks, the states after them in order by
//                                one warp per row, results. Inputs are read twice, up to 40 MB of them from the L2
//   time-major                   a thread per environment; few environments: time is cut, as in the case above
//
// Tilings by counting bytes in flight; not measured yet.
#pragma once

#include <vector>

#include "ops/scan_lanes.cuh"

namespace anacrusis::cuda {

constexpr int kChunkItems = 8, kChunk = kScanBlock * kChunkItems, kColumnItems = 8;

struct ChunkMap {
  double weight, delta;  // delta becomes the state after the chunk
};

struct LongRow {
  int64_t row, begin, end, first_chunk;
};

DEVICE float value_after_row(const ScanProblem& p, int64_t row) { return p.last_values ? p.last_values[row] : 0.0f; }

template <class Formula, int kWidth, int kItems>
KERNEL scan_rows(ScanProblem p, Formula formula, int64_t longest, bool aligned, math::Moments* parts) {
  SHARED(math::Moments, of_warps, [kScanWarps]);
  constexpr int64_t kRows = kScanBlock / kWidth, kStep = kWidth * kItems;
  const auto group = lane_group<kWidth>();
  math::PivotSums sums{};
  for (int64_t base = blockIdx.x * kRows; base < p.N; base += gridDim.x * kRows) {
    const int64_t row = base + threadIdx.x / kWidth;
    int64_t begin = 0, end = 0;
    if (row < p.N) begin = p.layout == kPacked ? p.offsets[row] : row * p.T;
    if (row < p.N) end = p.layout == kPacked ? p.offsets[row + 1] : begin + p.T;
    if (end - begin > longest) end = begin;
    Upcoming upcoming{row < p.N ? value_after_row(p, row) : 0.0f, false};
    double state = 0.0;
    // A row of part of a warp takes one turn, all of them together.
    const int64_t turns = kWidth == kWarp ? (end - begin + kStep - 1) / kStep : 1;
    for (int64_t start = begin + (turns - 1) * kStep; start >= begin; start -= kStep) {
      LaneSteps<Formula, kItems> s;
      const int64_t at = start + group.lane * kItems;
      load_steps(p, at, 1, end - at, aligned, s);
      Upcoming from_here = upcoming;
      link_steps(p, upcoming_of_lane(group, first_counting(s), upcoming, from_here), s);
      upcoming = from_here;
      const math::Affine map = compose_lanes(group, form_steps(formula, s));
      const math::Affine later = lanes_after(group, map);
      const double after = math::apply<double>(later.weight, later.delta, state);
      write_steps(p, formula, s, static_cast<float>(after), parts != nullptr, sums);
      state = math::apply<double>(shfl(map.weight, group.base), shfl(map.delta, group.base), state);
    }
  }
  if (!parts) return;
  const math::Moments all = block_moments(math::moments_of(sums), of_warps);
  if (threadIdx.x == 0) parts[blockIdx.x] = all;
}

// Which of the rows a chunk belongs to.
DEVICE LongRow row_of_chunk(const LongRow* rows, int64_t count, int64_t chunk) {
  int64_t low = 0, high = count - 1;
  while (low < high) {
    const int64_t middle = (low + high + 1) / 2;
    if (rows[middle].first_chunk <= chunk) low = middle;
    else high = middle - 1;
  }
  return rows[low];
}

// The first step of each chunk that counts, or -1: a warp per chunk.
KERNEL find_first_in_chunks(ScanProblem p, const LongRow* rows, int64_t count, int64_t chunks, int64_t* first) {
  const int64_t chunk = static_cast<int64_t>(blockIdx.x) * kScanWarps + threadIdx.x / kWarp;
  if (chunk >= chunks) return;
  const LongRow row = row_of_chunk(rows, count, chunk);
  const int64_t begin = row.begin + (chunk - row.first_chunk) * kChunk;
  const int64_t end = row.end - begin < kChunk ? row.end : begin + kChunk;
  const int lane = static_cast<int>(threadIdx.x % kWarp);
  int64_t found = -1;
  for (int64_t at = begin; at < end && found < 0; at += kWarp) {
    const uint32_t counts = warp_ballot(at + lane < end && p.mask[at + lane] != 0);
    if (counts) found = at + lowest_bit(counts);
  }
  if (lane == 0) first[chunk] = found;
}

template <class Formula, bool kWrite>
KERNEL scan_chunks(ScanProblem p, Formula formula, const LongRow* rows, int64_t count, bool aligned,
                   const int64_t* first, ChunkMap* maps, math::Moments* parts) {
  SHARED(Upcoming, firsts, [kScanWarps]);
  SHARED(math::Affine, warps, [kScanWarps]);
  SHARED(math::Moments, of_warps, [kScanWarps]);
  const int64_t chunk = blockIdx.x;
  const LongRow row = row_of_chunk(rows, count, chunk);
  const int64_t begin = row.begin + (chunk - row.first_chunk) * kChunk, stop = begin + kChunk;
  Upcoming upcoming{value_after_row(p, row.row), false};
  if (stop < row.end && !p.mask) upcoming = {Formula::uses_values ? p.values[stop] : 0.0f, true};
  for (int64_t c = chunk + 1, at = stop; p.mask && at < row.end && !upcoming.counts; ++c, at += kChunk) {
    if (first[c] >= 0) upcoming = {Formula::uses_values ? p.values[first[c]] : 0.0f, true};
  }
  const auto group = lane_group<kWarp>();
  const int warp = static_cast<int>(threadIdx.x / kWarp);
  LaneSteps<Formula, kChunkItems> s;
  const int64_t at = begin + threadIdx.x * kChunkItems;
  load_steps(p, at, 1, row.end - at, aligned, s);
  Upcoming of_warp{0.0f, false};
  const Upcoming own = first_counting(s);
  upcoming_of_lane(group, own, upcoming, of_warp);
  if (group.lane == 0) firsts[warp] = of_warp;
  sync_threads();
  for (int w = kScanWarps - 1; w > warp; --w) upcoming = firsts[w].counts ? firsts[w] : upcoming;
  link_steps(p, upcoming_of_lane(group, own, upcoming, of_warp), s);
  const math::Affine map = compose_lanes(group, form_steps(formula, s));
  if (group.lane == 0) warps[warp] = map;
  sync_threads();
  if constexpr (!kWrite) {
    if (threadIdx.x > 0) return;
    ChunkMap all{1.0, 0.0};
    for (int w = kScanWarps - 1; w >= 0; --w) {
      all = {math::apply<double>(warps[w].weight, 0.0, all.weight),
             math::apply<double>(warps[w].weight, warps[w].delta, all.delta)};
    }
    maps[chunk] = all;
  } else {
    double state = maps[chunk].delta;
    for (int w = kScanWarps - 1; w > warp; --w) state = math::apply<double>(warps[w].weight, warps[w].delta, state);
    const math::Affine later = lanes_after(group, map);
    const double after = math::apply<double>(later.weight, later.delta, state);
    math::PivotSums sums{};
    write_steps(p, formula, s, static_cast<float>(after), parts != nullptr, sums);
    if (!parts) return;
    const math::Moments all = block_moments(math::moments_of(sums), of_warps);
    if (threadIdx.x == 0) parts[chunk] = all;
  }
}

// The states after the chunks of a row, by one warp: 32 chunks at a time from the end.
KERNEL carry_chunks(const LongRow* rows, int64_t count, int64_t chunks, ChunkMap* maps) {
  const int64_t r = static_cast<int64_t>(blockIdx.x) * kScanWarps + threadIdx.x / kWarp;
  if (r >= count) return;
  const int lane = static_cast<int>(threadIdx.x % kWarp);
  const int64_t begin = rows[r].first_chunk, end = r + 1 < count ? rows[r + 1].first_chunk : chunks;
  double state = 0.0;
  for (int64_t stop = end; stop > begin; stop -= kWarp) {
    const int64_t c = stop - kWarp + lane;  // of the earliest chunks some lanes have none
    ChunkMap map{1.0, 0.0};
    if (c >= begin) map = maps[c];
    UNROLL
    for (int by = 1; by < kWarp; by *= 2) {
      const ChunkMap other{shfl_down(map.weight, by), shfl_down(map.delta, by)};
      if (lane + by >= kWarp) continue;
      map = {math::apply(map.weight, 0.0, other.weight), math::apply(map.weight, map.delta, other.delta)};
    }
    const double from_here = math::apply(map.weight, map.delta, state);
    const double after = shfl_down(from_here, 1);
    if (c >= begin) maps[c].delta = lane + 1 < kWarp ? after : state;
    state = shfl(from_here, 0);
  }
}

// Environment e and part j of time is thread j N + e.
KERNEL find_first_in_columns(ScanProblem p, int64_t span, int64_t threads, int64_t* first) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kScanBlock + threadIdx.x;
  if (i >= threads) return;
  const int64_t j = i / p.N, stop = (j + 1) * span < p.T ? (j + 1) * span : p.T;
  int64_t t = j * span;
  while (t < stop && p.mask[t * p.N + i % p.N] == 0) ++t;
  first[i] = t < stop ? t * p.N + i % p.N : -1;
}

template <class Formula, bool kWrite>
KERNEL scan_columns(ScanProblem p, Formula formula, int64_t span, int64_t threads, const int64_t* first,
                    ChunkMap* maps, math::Moments* parts) {
  SHARED(math::Moments, of_warps, [kScanWarps]);
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kScanBlock + threadIdx.x;
  math::PivotSums sums{};
  if (i < threads) {
    const int64_t e = i % p.N, begin = i / p.N * span, stop = begin + span < p.T ? begin + span : p.T;
    Upcoming upcoming{value_after_row(p, e), false};
    if (stop < p.T && !p.mask) upcoming = {Formula::uses_values ? p.values[stop * p.N + e] : 0.0f, true};
    for (int64_t c = i + p.N; p.mask && c < threads && !upcoming.counts; c += p.N) {
      if (first[c] >= 0) upcoming = {Formula::uses_values ? p.values[first[c]] : 0.0f, true};
    }
    ChunkMap map{1.0, kWrite && maps ? maps[i].delta : 0.0};
    for (int64_t t = begin + (stop - begin - 1) / kColumnItems * kColumnItems; t >= begin && begin < stop;
         t -= kColumnItems) {
      LaneSteps<Formula, kColumnItems> s;
      load_steps(p, t * p.N + e, p.N, stop - t, false, s);
      upcoming = link_steps(p, upcoming, s);
      form_steps(formula, s);
      if constexpr (kWrite) {
        map.delta = write_steps(p, formula, s, map.delta, parts != nullptr, sums);
      } else {
        UNROLL
        for (int k = kColumnItems - 1; k >= 0; --k) {
          map = {s.weight[k] * map.weight, math::apply<double>(s.weight[k], s.delta[k], map.delta)};
        }
      }
    }
    if (!kWrite) maps[i] = map;
  }
  if (!kWrite || !parts) return;
  const math::Moments all = block_moments(math::moments_of(sums), of_warps);
  if (threadIdx.x == 0) parts[blockIdx.x] = all;
}

KERNEL carry_columns(int64_t N, int64_t spans, ChunkMap* maps) {
  const int64_t e = static_cast<int64_t>(blockIdx.x) * kScanBlock + threadIdx.x;
  if (e >= N) return;
  double state = 0.0;
  for (int64_t j = spans - 1; j >= 0; --j) {
    const ChunkMap map = maps[j * N + e];
    maps[j * N + e].delta = state;
    state = math::apply(map.weight, map.delta, state);
  }
}

// One block: the parts in order, a run of them per thread.
KERNEL join_moments(const math::Moments* parts, int64_t count, double* stats) {
  SHARED(math::Moments, of_warps, [kScanWarps]);
  const int64_t run = (count + kScanBlock - 1) / kScanBlock, begin = threadIdx.x * run;
  math::Moments own{};
  for (int64_t i = begin; i < begin + run && i < count; ++i) own = math::merge(own, parts[i]);
  const math::Moments all = block_moments(own, of_warps);
  if (threadIdx.x > 0) return;
  stats[0] = all.count;
  stats[1] = all.mean;
  stats[2] = all.squares;
}

inline uint32_t blocks_for(int64_t threads) { return static_cast<uint32_t>((threads + kScanBlock - 1) / kScanBlock); }

inline bool aligned_to_16(const ScanProblem& p) {
  uintptr_t all = 0;
  for (const float* a : {p.rewards, p.values, p.next_values, p.q_values, p.logp, p.behavior_logp,
                         static_cast<const float*>(p.first), static_cast<const float*>(p.second)}) {
    all |= reinterpret_cast<uintptr_t>(a);
  }
  for (const uint8_t* a : {p.terminated, p.truncated, p.mask}) all |= reinterpret_cast<uintptr_t>(a);
  return all % 16 == 0;
}

template <class Formula>
void scan_time_major(const Stream& stream, const ScanProblem& p, const Formula& formula) {
  // Enough threads to keep memory busy, and 64 steps each at least.
  constexpr int64_t kThreads = 65536, kLeast = 64;
  const int64_t parts_of_time = p.N >= kThreads / 4 ? 1 : kThreads / p.N;
  const int64_t even = (p.T + parts_of_time - 1) / parts_of_time;
  const int64_t span = parts_of_time == 1 ? (p.T > 0 ? p.T : 1) : even > kLeast ? even : kLeast;
  const int64_t spans = p.T > span ? (p.T + span - 1) / span : 1, threads = spans * p.N;
  const LaunchShape shape{blocks_for(threads), kScanBlock};
  DeviceScratch<math::Moments> parts(stream, p.stats ? shape.grid : 0);
  DeviceScratch<ChunkMap> maps(stream, spans > 1 ? threads : 0);
  DeviceScratch<int64_t> first(stream, spans > 1 && p.mask ? threads : 0);
  if (spans > 1) {
    if (p.mask) launch<find_first_in_columns>(stream, shape, p, span, threads, first.data());
    launch<scan_columns<Formula, false>>(stream, shape, p, formula, span, threads, first.data(), maps.data(), nullptr);
    launch<carry_columns>(stream, {blocks_for(p.N), kScanBlock}, p.N, spans, maps.data());
  }
  launch<scan_columns<Formula, true>>(stream, shape, p, formula, span, threads, first.data(), maps.data(), parts.data());
  if (p.stats) launch<join_moments>(stream, {1, kScanBlock}, parts.data(), parts.size(), p.stats);
}

template <class Formula, int kWidth, int kItems>
void scan_whole_rows(const Stream& stream, uint32_t grid, const ScanProblem& p, const Formula& formula,
                     int64_t longest, math::Moments* parts) {
  launch<scan_rows<Formula, kWidth, kItems>>(stream, {grid, kScanBlock}, p, formula, longest, aligned_to_16(p), parts);
}

template <class Formula>
void scan(const Stream& stream, ScanProblem p, const Formula& formula) {
  if (p.layout == kTimeMajor && p.N > 0) return scan_time_major(stream, p, formula);
  // A few rows are cut where they are longer than a chunk, many where one is far longer than a warp should take.
  const int64_t cut = p.N < 512 ? kChunk : 262144;
  const DeviceScratch<int32_t> offsets(stream, p.offsets.data, p.offsets.size);
  std::vector<LongRow> long_rows;
  int64_t longest = 0, chunks = 0;
  for (int64_t row = 0; row < p.N && (p.layout == kPacked || p.T > cut || row == 0); ++row) {
    const int64_t begin = p.layout == kPacked ? p.offsets[row] : row * p.T;
    const int64_t end = p.layout == kPacked ? p.offsets[row + 1] : begin + p.T;
    if (end - begin <= cut) {
      longest = end - begin > longest ? end - begin : longest;
      continue;
    }
    long_rows.push_back({row, begin, end, chunks});
    chunks += (end - begin + kChunk - 1) / kChunk;
  }
  p.offsets = {offsets.data(), offsets.size()};
  const int64_t width = longest <= 8 ? 8 : longest <= 64 ? 16 : 32, rows_per_block = kScanBlock / width;
  const int64_t wanted = (p.N + rows_per_block - 1) / rows_per_block, most = int64_t{1} << 20;
  const auto grid = static_cast<uint32_t>(longest == 0 ? 0 : wanted < most ? wanted : most);
  DeviceScratch<math::Moments> parts(stream, p.stats ? grid + chunks : 0);
  if (width == 8) scan_whole_rows<Formula, 8, 1>(stream, grid, p, formula, longest, parts.data());
  else if (width == 16) scan_whole_rows<Formula, 16, 4>(stream, grid, p, formula, longest, parts.data());
  else scan_whole_rows<Formula, 32, 8>(stream, grid, p, formula, longest, parts.data());
  if (chunks > 0) {
    const auto count = static_cast<int64_t>(long_rows.size());
    const LaunchShape per_chunk{static_cast<uint32_t>(chunks), kScanBlock};
    const auto warps = [](int64_t n) { return LaunchShape{static_cast<uint32_t>((n + kScanWarps - 1) / kScanWarps), kScanBlock}; };
    const DeviceScratch<LongRow> rows(stream, long_rows.data(), count);
    const DeviceScratch<ChunkMap> maps(stream, chunks);
    const DeviceScratch<int64_t> first(stream, p.mask ? chunks : 0);
    const bool aligned = aligned_to_16(p);
    math::Moments* const their_parts = p.stats ? parts.data() + grid : nullptr;
    if (p.mask) launch<find_first_in_chunks>(stream, warps(chunks), p, rows.data(), count, chunks, first.data());
    launch<scan_chunks<Formula, false>>(stream, per_chunk, p, formula, rows.data(), count, aligned, first.data(), maps.data(), nullptr);
    launch<carry_chunks>(stream, warps(count), rows.data(), count, chunks, maps.data());
    launch<scan_chunks<Formula, true>>(stream, per_chunk, p, formula, rows.data(), count, aligned, first.data(), maps.data(), their_parts);
  }
  if (p.stats) launch<join_moments>(stream, {1, kScanBlock}, parts.data(), parts.size(), p.stats);
}

}  // namespace anacrusis::cuda
