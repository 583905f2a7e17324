// A block of 256 threads makes 256 / L results with L threads for each, in two layouts: along a contiguous
// axis (inner = 1) the L threads are neighbours, else the results are, so that either way a warp reads
// neighbouring elements. L grows with the length of the axis. Few results of a long axis: the axis is cut
// in parts by the sizes alone, and a second kernel puts the parts together in order.
#include "math/binary.h"
#include "reduce.h"
#include "runtime/kernel.h"

namespace anacrusis::cuda {
namespace {

constexpr int kThreads = 256;

// What is known of some elements; {} of none. `add` takes elements in the order of the axis within a thread,
// `join` takes what other threads found.
struct SumState {
  double sum;

  DEVICE_METHOD void add(float x, int64_t) { sum += x; }
  DEVICE_METHOD void join(const SumState& other) { sum += other.sum; }
};

template <class Better>
struct ExtremeState {
  float best;
  int32_t count;  // of elements up to and with the best one; 0: nothing seen

  DEVICE_METHOD void add(float x, int64_t i) {
    const float next = count == 0 ? x : Better::value(best, x);
    if (count == 0 || (next != best && best == best)) count = static_cast<int32_t>(i + 1);
    best = next;
  }
  // The better one; of equals, and of NaNs, the first along the axis.
  DEVICE_METHOD void join(const ExtremeState& other) {
    if (other.count == 0) return;
    const bool nan = best != best, other_nan = other.best != other.best;
    const bool same = nan ? other_nan : best == other.best;
    const bool first = other.count < count;
    const bool better = same ? first : other_nan || (!nan && Better::value(best, other.best) == other.best);
    if (count == 0 || better) *this = other;
  }
};

struct Cut {
  int lanes;              // threads for each result, a power of 2
  int64_t parts, length;  // of the axis
};

DEVICE void store(const Reduce& a, int64_t result, const SumState& state) {
  const double sum = state.sum;
  a.y[result] = static_cast<float>(a.fn.index == Reduce::mean ? sum / static_cast<double>(a.n) : sum);
}
template <class Better>
DEVICE void store(const Reduce& a, int64_t result, const ExtremeState<Better>& state) {
  a.y[result] = state.best;
  if (a.index) a.index[result] = state.count - 1;
}

// With parts: part p of result i goes to out[p results + i].
template <class State>
KERNEL_BOUNDS(kThreads, 4) reduce_axis(Reduce a, Cut cut, State* out) {
  SHARED(State, states, [kThreads]);
  const int thread = static_cast<int>(threadIdx.x), results_here = kThreads / cut.lanes;
  const bool along = a.inner == 1;
  const int lane = along ? thread % cut.lanes : thread / results_here;
  const int mine = along ? thread / cut.lanes : thread % results_here;
  const int step = along ? 1 : results_here;  // from one lane's thread to the next
  const int64_t results = a.outer * a.inner, groups = (results + results_here - 1) / results_here;
  for (int64_t index = blockIdx.x; index < groups * cut.parts; index += gridDim.x) {
    const int64_t part = index / groups, result = index % groups * results_here + mine;
    State state{};
    if (result < results) {
      const int64_t begin = part * cut.length, end = smaller(a.n, begin + cut.length);
      const float* const x = a.x.data + result / a.inner * a.n * a.inner + result % a.inner;
      for (int64_t i = begin + lane; i < end; i += cut.lanes) state.add(x[i * a.inner], i);
    }
    states[thread] = state;
    sync_threads();
    for (int half = cut.lanes / 2; half > 0; half /= 2) {
      if (lane < half) states[thread].join(states[thread + half * step]);
      sync_threads();
    }
    if (lane == 0 && result < results) {
      if (out) out[part * results + result] = states[thread];
      else store(a, result, states[thread]);
    }
  }
}

template <class State>
KERNEL join_parts(Reduce a, int64_t parts, const State* states) {
  const int64_t results = a.outer * a.inner, stride = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < results; i += stride) {
    State state = states[i];
    for (int64_t part = 1; part < parts; ++part) state.join(states[part * results + i]);
    store(a, i, state);
  }
}

uint32_t grid_of(int64_t blocks) {
  constexpr int64_t kMost = int64_t{1} << 20;
  return static_cast<uint32_t>(smaller(blocks, kMost));
}

template <class State>
void reduce(const Stream& stream, const Reduce& a) {
  constexpr int64_t kEach = 8, kBlocks = 512, kLeastPart = 8192;
  const int64_t results = a.outer * a.inner;
  Cut cut{1, 1, a.n > 0 ? a.n : 1};
  const int most = a.inner >= 8 ? 32 : kThreads;
  while (cut.lanes < most && cut.lanes * kEach < a.n) cut.lanes *= 2;
  const int64_t groups = (results * cut.lanes + kThreads - 1) / kThreads;
  const int64_t wanted = kBlocks / groups, allowed = a.n / kLeastPart;
  const int64_t parts = smaller(wanted, allowed);
  if (parts > 1) {
    cut.length = (a.n + parts - 1) / parts;
    cut.parts = (a.n + cut.length - 1) / cut.length;
  }
  const DeviceScratch<State> states(stream, cut.parts > 1 ? cut.parts * results : 0);
  launch<reduce_axis<State>>(stream, {grid_of(groups * cut.parts), kThreads}, a, cut, states.data());
  if (cut.parts == 1) return;
  launch<join_parts<State>>(stream, {grid_of((results + kThreads - 1) / kThreads), kThreads}, a, cut.parts,
                            static_cast<const State*>(states.data()));
}

}  // namespace

void run(const Reduce& a, const Stream& stream) {
  if (a.outer * a.inner == 0) return;
  if (a.fn.index == Reduce::max) return reduce<ExtremeState<math::Max>>(stream, a);
  if (a.fn.index == Reduce::min) return reduce<ExtremeState<math::Min>>(stream, a);
  reduce<SumState>(stream, a);
}

}  // namespace anacrusis::cuda
