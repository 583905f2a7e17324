// Tokens in their order, without atomics on floats and without sorting: a block owns some rows of the table
// and up to 1024 columns, reads all ids, 1024 at a time, and lists the tokens of its rows in order (ballots
// and counts). Then each of its threads adds those tokens in its own columns. Reading all ids in every block
// costs V / 32 times 4 bytes a token, from the L2 cache; sorting them would take a dozen launches.
#include "embedding_backward.h"
#include "runtime/kernel.h"

namespace anacrusis::cuda {
namespace {

constexpr int kThreads = 256, kWarps = kThreads / kWarp;
constexpr int kRounds = 4, kListed = kRounds * kThreads;  // tokens looked at together
constexpr int kEach = 4, kColumns = kEach * kThreads;     // columns of a thread, of a block
constexpr int kAhead = 4;                                 // tokens whose gradients are read at once

// Lists those of tokens first .. first + kListed - 1 whose id is in rows begin..end, in order. All threads.
DEVICE int list_tokens(const EmbeddingBackward& a, int64_t first, int64_t begin, int64_t end, int32_t* listed,
                       int32_t (*counts)[kWarps]) {
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarp, lane = thread % kWarp;
  const uint32_t below = (1u << lane) - 1;  // the lanes before this one
  bool mine[kRounds];
  uint32_t ballots[kRounds];
  UNROLL
  for (int r = 0; r < kRounds; ++r) {
    const int64_t t = first + r * kThreads + thread;
    const int64_t id = t < a.T ? a.ids[t] : -1;
    mine[r] = id >= begin && id < end;
    ballots[r] = warp_ballot(mine[r]);
    if (lane == 0) counts[r][warp] = bit_count(ballots[r]);
  }
  sync_threads();
  int total = 0;
  for (int r = 0; r < kRounds; ++r) {
    for (int w = 0; w < kWarps; ++w) {
      if (w == warp && mine[r]) listed[total + bit_count(ballots[r] & below)] = r * kThreads + thread;
      total += counts[r][w];
    }
  }
  sync_threads();
  return total;
}

KERNEL_BOUNDS(kThreads, 4) scatter_add(EmbeddingBackward a, int64_t rows_each) {
  SHARED(int32_t, listed, [kListed]);
  SHARED(int32_t, counts, [kRounds][kWarps]);
  const int64_t across = (a.D + kColumns - 1) / kColumns, down = (a.V + rows_each - 1) / rows_each;
  for (int64_t index = blockIdx.x; index < across * down; index += gridDim.x) {
    const int64_t begin = index / across * rows_each, end = smaller(a.V, begin + rows_each);
    const int64_t column = index % across * kColumns + threadIdx.x;
    for (int64_t first = 0; first < a.T; first += kListed) {
      const int count = list_tokens(a, first, begin, end, listed, counts);
      int64_t row = -1;
      float sums[kEach] = {};
      const auto exchange = [&](int64_t next) {
        UNROLL
        for (int j = 0; j < kEach; ++j) {
          const int64_t d = column + j * kThreads;
          if (d >= a.D) continue;
          if (row >= 0) a.dtable[row * a.D + d] = sums[j];
          if (next >= 0) sums[j] = a.dtable[next * a.D + d];
        }
        row = next;
      };
      for (int i = 0; i < count; i += kAhead) {
        float gradients[kAhead][kEach];
        UNROLL
        for (int u = 0; u < kAhead; ++u) {
          const int64_t t = first + listed[i + u < count ? i + u : i];
          UNROLL
          for (int j = 0; j < kEach; ++j) {
            const int64_t d = column + j * kThreads;
            gradients[u][j] = d < a.D ? a.dy[t * a.D + d] : 0.0f;
          }
        }
        UNROLL
        for (int u = 0; u < kAhead; ++u) {
          if (i + u >= count) continue;
          const int64_t id = a.ids[first + listed[i + u]];
          if (id != row) exchange(id);
          UNROLL
          for (int j = 0; j < kEach; ++j) sums[j] += gradients[u][j];
        }
      }
      exchange(-1);
    }
  }
}

}  // namespace

void run(const EmbeddingBackward& a, const Stream& stream) {
  constexpr int64_t kMostRows = 32, kBlocks = 1024, kMost = int64_t{1} << 20;
  if (a.T == 0) return;
  const int64_t across = (a.D + kColumns - 1) / kColumns;
  const int64_t wanted = 1 + a.V * across / kBlocks, rows_each = smaller(wanted, kMostRows);
  const int64_t blocks = across * ((a.V + rows_each - 1) / rows_each);
  launch<scatter_add>(stream, {static_cast<uint32_t>(smaller(blocks, kMost)), kThreads}, a, rows_each);
}

}  // namespace anacrusis::cuda
