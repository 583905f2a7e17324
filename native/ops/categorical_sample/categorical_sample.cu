// A block per row, one warp for small vocabularies. The row is read twice, for the largest logit and for the sums
// of its chunks, at most 1024 of them; then one warp looks for the chunk of the draw and reads that once
// more. Sums are float64 in an order of their own: the token is the CPU's unless the draw falls within their
// rounding of the border between two tokens.
#include "categorical_sample.h"

#include "math/exp.h"
#include "math/philox.h"
#include "runtime/kernel.h"

namespace anacrusis::cuda {
namespace {

constexpr int kMostChunks = 1024, kSmallestChunk = 256;

template <int kWarps>
struct Shared {
  double chunks[kMostChunks];
  float largest[kWarps];
  int64_t first[kWarps];
};

struct Row {
  const CategoricalSample& a;
  const float* logits;
  float largest;

  FORMULA_METHOD float weight(int64_t i) const {
    return math::exp((logits[i] - largest) * static_cast<float>(1.0 / a.temperature));
  }
};

// Sums of lane 0 .. lane, in every lane.
DEVICE double sum_up_to(double value) {
  for (int delta = 1; delta < kWarp; delta *= 2) {
    const double before = shfl_up(value, delta);
    if (static_cast<int>(threadIdx.x) % kWarp >= delta) value += before;
  }
  return value;
}

// Lane of the lowest bit that is set.
DEVICE int lowest(uint32_t bits) { return bit_count(~bits & (bits - 1)); }

struct Found {
  int64_t place;     // chunk, or token; -1: nothing there has a weight
  double threshold;  // what is left of it
  double total;      // of all chunks
};

// The first chunk at which the cumulative sum exceeds `unit` of the total, by one warp: a lane has a run of
// chunks. The last one with a weight where rounding leaves none.
DEVICE Found find_chunk(const double* chunks, int count, double unit) {
  const int lane = threadIdx.x, run = (count + kWarp - 1) / kWarp;
  const int begin = static_cast<int>(smaller(lane * run, count)), end = static_cast<int>(smaller(begin + run, count));
  double own = 0.0;
  for (int c = begin; c < end; ++c) own += chunks[c];
  const double up_to = sum_up_to(own), total = shfl(up_to, kWarp - 1), threshold = unit * total;
  const uint32_t reached = warp_ballot(up_to > threshold || up_to == total);
  double before = shfl_up(up_to, 1);
  if (lane == 0) before = 0.0;
  int chunk = 0;
  double left = 0.0;
  for (int c = begin; c < end; ++c) {
    if (!(chunks[c] > 0.0)) continue;
    chunk = c;
    left = threshold - before;
    before += chunks[c];
    if (before > threshold) break;
  }
  const int lane_of = reached == 0 ? 0 : lowest(reached);
  return {shfl(chunk, lane_of), shfl(left, lane_of), total};
}

// The first token of begin .. end - 1 at which the cumulative sum exceeds the threshold, by one warp.
DEVICE int64_t find_token(const Row& row, int64_t begin, int64_t end, double threshold) {
  double before = 0.0;
  int64_t last = begin;
  for (int64_t first = begin; first < end; first += kWarp) {
    const int64_t i = first + threadIdx.x;
    const double weight = i < end ? static_cast<double>(row.weight(i)) : 0.0, up_to = before + sum_up_to(weight);
    const uint32_t drawn = warp_ballot(weight > 0.0 && up_to > threshold), some = warp_ballot(weight > 0.0);
    if (drawn != 0) return first + lowest(drawn);
    for (uint32_t bits = some; bits != 0; bits &= bits - 1) last = first + lowest(bits);
    before = shfl(up_to, kWarp - 1);
  }
  return last;
}

template <int kWarps>
KERNEL_BOUNDS(kWarps* kWarp, 1) sample_rows(CategoricalSample a, int64_t chunk) {
  SHARED(Shared<kWarps>, shared, );
  const int lane = threadIdx.x % kWarp, count = static_cast<int>((a.V + chunk - 1) / chunk);
  for (int64_t n = blockIdx.x; n < a.N; n += gridDim.x) {
    Row row{a, a.logits.data + n * a.V, -INFINITY};
    int64_t first = a.V - 1;
    for (int64_t i = threadIdx.x; i < a.V; i += kWarps * kWarp) {
      if (!(row.logits[i] > row.largest)) continue;
      row.largest = row.logits[i];
      first = i;
    }
    const float own = row.largest;
    row.largest = block_max(own, shared.largest);
    first = -block_max(own == row.largest ? -first : -a.V, shared.first);
    for (int64_t c = threadIdx.x / kWarp; c < count; c += kWarps) {
      const int64_t end = smaller((c + 1) * chunk, a.V);
      double sum = 0.0;
      for (int64_t i = c * chunk + lane; i < end; i += kWarp) sum += static_cast<double>(row.weight(i));
      sum = warp_sum(sum);
      if (lane == 0) shared.chunks[c] = sum;
    }
    sync_threads();
    if (threadIdx.x < kWarp) {
      const double unit = math::philox_sample(math::philox_key(a.seed.value), a.stream[n], a.step[n]);
      const Found found = find_chunk(shared.chunks, count, unit);
      const int64_t begin = found.place * chunk, end = smaller(begin + chunk, a.V);
      const int64_t token = a.greedy ? first : find_token(row, begin, end, found.threshold);
      if (lane == 0) {
        a.token[n] = static_cast<int32_t>(token);
        const double score = (static_cast<double>(row.logits[token]) - row.largest) / a.temperature;
        a.logp[n] = static_cast<float>(score - ::log(found.total));
      }
    }
  }
}

}  // namespace

void run(const CategoricalSample& a, const Stream& stream) {
  constexpr int64_t kMostBlocks = int64_t{1} << 20, kWhole = int64_t{kSmallestChunk} * kMostChunks;
  const int64_t chunk = kSmallestChunk * ((a.V + kWhole - 1) / kWhole);
  const auto grid = static_cast<uint32_t>(a.N < kMostBlocks ? a.N : kMostBlocks);
  if (a.V <= 1024) launch<sample_rows<1>>(stream, {grid, kWarp}, a, chunk);
  else launch<sample_rows<8>>(stream, {grid, 8 * kWarp}, a, chunk);
}

}  // namespace anacrusis::cuda
