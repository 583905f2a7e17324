// Two launches for all tensors, whatever their number, and a third for quantiles. The table of the tensors is kept on the
// device from call to call.
//
// An item is a neuron, or a piece of 16,384 parameters or 256 slices of one: 1 to 32 lanes share it, so that each has 8 parameters
// or more, and neighbouring groups take neighbouring neurons, so that columns are read whole lines at a time. A lane
// has four loads of 16 bytes under way. Sums are float32 over those, float64 from then on. Then one block per
// layer adds the pieces in order. Tilings by counting bytes in flight; not measured yet.
#include "grad_stats.h"

#include <vector>

#include "math/gradient_score.h"
#include "runtime/device_metadata.h"
#include "runtime/wide.h"

namespace anacrusis::cuda {
namespace {

constexpr int kUnitThreads = 256, kLayerThreads = 512, kFlight = 4;
constexpr int64_t kRun = 16384, kSlices = 256;

struct Layer {
  const void* g;
  int64_t outer, neurons, inner;
  int64_t piece, pieces;  // parameters (outer = 1) or slices of a piece
  int64_t first_block, blocks, first_neuron, first_sum;
  int32_t lanes;  // of an item
  DType dtype;
};

struct Totals {
  double sum, squares, nonfinite;
  float largest;
};

template <int kCount>
DEVICE void add_group(const float (&x)[kCount], Totals& t) {
  float sum = 0.0f, squares = 0.0f, most = 0.0f;
  UNROLL
  for (int i = 0; i < kCount; ++i) {
    const float size = ::fabsf(x[i]);
    sum += size;
    squares += size * size;
    most = size > most ? size : most;
  }
  t.sum += static_cast<double>(sum);
  // Squares of floats neither overflow nor lose what counts in this range; NaN and infinity are outside.
  if (sum < 1e15f && (most > 1e-12f || most == 0.0f)) {
    t.squares += static_cast<double>(squares);
    t.largest = math::larger(t.largest, most);
    return;
  }
  for (int i = 0; i < kCount; ++i) {
    const float size = ::fabsf(x[i]);
    t.squares += static_cast<double>(size) * static_cast<double>(size);
    t.nonfinite += size - size == 0.0f ? 0.0 : 1.0;
    t.largest = math::larger(t.largest, size);
  }
}

// Elements from + i * step, i < n, of which this is lane `lane` of `lanes`; kWidth of them a load.
template <int kWidth, class T>
DEVICE void add_run(const T* from, int64_t n, int64_t step, int lane, int lanes, Totals& t) {
  const int64_t turn = static_cast<int64_t>(lanes) * kWidth;
  for (int64_t i = static_cast<int64_t>(lane) * kWidth; i < n; i += turn * kFlight) {
    float x[kFlight * kWidth];
    UNROLL
    for (int u = 0; u < kFlight; ++u) {
      const int64_t at = i + u * turn;
      Vec<T, kWidth> part{};
      if (at < n) part = load_some<kWidth>(from + at * step);
      UNROLL
      for (int j = 0; j < kWidth; ++j) x[u * kWidth + j] = math::to_float(part.v[j]);
    }
    add_group(x, t);
  }
}

template <class T>
DEVICE void add_item(const Layer& layer, int64_t piece, int64_t neuron, int lane, Totals& t) {
  constexpr int kWidth = 16 / sizeof(T);
  const T* const g = static_cast<const T*>(layer.g);
  const int64_t begin = piece * layer.piece;
  if (layer.inner == 1) {
    const int64_t n = smaller(layer.outer - begin, layer.piece);
    return add_run<1>(g + begin * layer.neurons + neuron, n, layer.neurons, lane, layer.lanes, t);
  }
  const bool whole = layer.outer > 1;
  const int64_t slices = whole ? smaller(layer.outer - begin, layer.piece) : 1;
  const int64_t n = whole ? layer.inner : smaller(layer.inner - begin, layer.piece);
  for (int64_t o = 0; o < slices; ++o) {
    const T* const from = whole ? g + ((begin + o) * layer.neurons + neuron) * layer.inner : g + neuron * layer.inner + begin;
    const int64_t wide = reinterpret_cast<uintptr_t>(from) % 16 == 0 ? n - n % kWidth : 0;
    add_run<kWidth>(from, wide, 1, lane, layer.lanes, t);
    add_run<1>(from + wide, n - wide, 1, lane, layer.lanes, t);
  }
}

DEVICE float block_larger(float value, float* partials) {
  UNROLL
  for (int delta = kWarp / 2; delta > 0; delta /= 2) value = math::larger(value, shfl_xor(value, delta));
  if (threadIdx.x % kWarp == 0) partials[threadIdx.x / kWarp] = value;
  sync_threads();
  float all = partials[0];
  for (unsigned warp = 1; warp < blockDim.x / kWarp; ++warp) all = math::larger(all, partials[warp]);
  sync_threads();
  return all;
}

KERNEL_BOUNDS(kUnitThreads, 3) sum_units(const Layer* layers, int64_t count, double* sums, Totals* of_blocks) {
  SHARED(double, partials, [kUnitThreads / kWarp]);
  SHARED(float, most, [kUnitThreads / kWarp]);
  int64_t k = 0;
  for (int64_t high = count - 1; k < high;) {
    const int64_t middle = (k + high + 1) / 2;
    if (layers[middle].first_block <= static_cast<int64_t>(blockIdx.x)) k = middle;
    else high = middle - 1;
  }
  const Layer layer = layers[k];
  const int64_t group = threadIdx.x / layer.lanes, groups = kUnitThreads / layer.lanes;
  const int64_t item = (blockIdx.x - layer.first_block) * groups + group;
  const int lane = static_cast<int>(threadIdx.x) % layer.lanes;
  Totals t{0.0, 0.0, 0.0, 0.0f};
  const bool some = item < layer.neurons * layer.pieces;
  const int64_t piece = item / layer.neurons, neuron = item % layer.neurons;
  if (some && layer.dtype == DType::bf16) add_item<Bf16>(layer, piece, neuron, lane, t);
  else if (some && layer.dtype == DType::f16) add_item<F16>(layer, piece, neuron, lane, t);
  else if (some) add_item<float>(layer, piece, neuron, lane, t);
  double sum = t.sum;
  for (int delta = layer.lanes / 2; delta > 0; delta /= 2) sum += shfl_xor(sum, delta);
  if (some && lane == 0) sums[layer.first_sum + item] = sum;
  if (!of_blocks) return;
  const double squares = block_sum(t.squares, partials), nonfinite = block_sum(t.nonfinite, partials);
  const float largest = block_larger(t.largest, most);
  if (threadIdx.x == 0) of_blocks[blockIdx.x] = {0.0, squares, nonfinite, largest};
}

// Means of a layer's neurons, from their pieces in order; each thread's sum of what it wrote.
DEVICE double write_means(const Layer& layer, const double* sums, float* means) {
  const double parameters = static_cast<double>(layer.outer) * static_cast<double>(layer.inner);
  const bool by_warps = layer.pieces > kWarp;
  const int lane = static_cast<int>(threadIdx.x % kWarp);
  const int64_t first = by_warps ? threadIdx.x / kWarp : threadIdx.x, step = by_warps ? kLayerThreads / kWarp : kLayerThreads;
  double total = 0.0;
  for (int64_t i = first; i < layer.neurons; i += step) {
    double sum = 0.0;
    for (int64_t p = by_warps ? lane : 0; p < layer.pieces; p += by_warps ? kWarp : 1) {
      sum += sums[layer.first_sum + p * layer.neurons + i];
    }
    if (by_warps) sum = warp_sum(sum);
    if (by_warps && lane > 0) continue;
    means[i] = parameters > 0.0 ? static_cast<float>(sum / parameters) : 0.0f;
    total += static_cast<double>(means[i]);
  }
  return total;
}

KERNEL_BOUNDS(kLayerThreads, 1) finish_layers(GradStats a, const Layer* layers, const double* sums, const Totals* of_blocks) {
  SHARED(double, partials, [kLayerThreads / kWarp]);
  SHARED(float, most, [kLayerThreads / kWarp]);
  const int64_t k = blockIdx.x;
  const Layer layer = layers[k];
  float* const means = a.per_neuron.data + layer.first_neuron;
  const double total = block_sum(write_means(layer, sums, means), partials);
  const double mean = layer.neurons > 0 ? total / static_cast<double>(layer.neurons) : 0.0;
  for (int64_t i = threadIdx.x; i < layer.neurons && a.normalized; i += kLayerThreads) {
    a.normalized[layer.first_neuron + i] = math::gradient_score(means[i], mean);
  }
  for (int64_t t = 0; t < a.n_tau && a.dormant; ++t) {
    double dormant = 0.0;
    for (int64_t i = threadIdx.x; i < layer.neurons; i += kLayerThreads) {
      dormant += math::is_dormant(math::gradient_score(means[i], mean), a.tau[t]) ? 1.0 : 0.0;
    }
    dormant = block_sum(dormant, partials);
    if (threadIdx.x == 0) a.dormant[k * a.n_tau + t] = static_cast<int32_t>(dormant);
  }
  if (threadIdx.x == 0) a.per_layer[k] = mean;
  if (!of_blocks) return;
  Totals all{0.0, 0.0, 0.0, 0.0f};
  for (int64_t b = layer.first_block + threadIdx.x; b < layer.first_block + layer.blocks; b += kLayerThreads) {
    all.squares += of_blocks[b].squares;
    all.nonfinite += of_blocks[b].nonfinite;
    all.largest = math::larger(all.largest, of_blocks[b].largest);
  }
  const double squares = block_sum(all.squares, partials), nonfinite = block_sum(all.nonfinite, partials);
  const float largest = block_larger(all.largest, most);
  if (threadIdx.x > 0) return;
  if (a.norm) a.norm[k] = ::sqrt(squares);
  if (a.nonfinite) a.nonfinite[k] = nonfinite;
  if (a.largest) a.largest[k] = largest;
}

DEVICE uint32_t bits_of(float x) {
  math::FloatBits both{x};
  return both.bits;
}
DEVICE float float_of(uint32_t bits) {
  math::FloatBits both{};
  both.bits = bits;
  return both.value;
}

// Quantiles of the scores of a layer, a block each, or (the last block) of all: scores are not negative, so their bits are in
// their order, and four histograms of 8 bits find the one of a rank.
KERNEL_BOUNDS(kLayerThreads, 1) find_quantiles(GradStats a, const Layer* layers) {
  SHARED(uint32_t, counts, [256]);
  SHARED(uint32_t, found, [3]);  // bits so far, rank among those that have them, ~the next larger value
  SHARED(double, partials, [kLayerThreads / kWarp]);
  const bool all = static_cast<int64_t>(blockIdx.x) == a.K;
  double* const out = all ? a.all_quantiles.data : a.layer_quantiles.data + blockIdx.x * a.n_quantiles;
  if (all ? !a.all_quantiles : !a.layer_quantiles) return;
  const float* const scores = a.normalized.data + (all ? 0 : layers[blockIdx.x].first_neuron);
  const int64_t n = all ? a.R : layers[blockIdx.x].neurons;
  double nan = 0.0;
  for (int64_t i = threadIdx.x; i < n; i += kLayerThreads) nan += scores[i] != scores[i] ? 1.0 : 0.0;
  nan = block_sum(nan, partials);
  for (int64_t q = 0; q < a.n_quantiles; ++q) {
    if (n == 0 || nan > 0.0) {
      if (threadIdx.x == 0) out[q] = NAN;
      continue;
    }
    const math::QuantilePlace place = math::quantile_place(a.quantile[q], n);
    uint32_t mask = 0;
    if (threadIdx.x == 0) found[0] = 0, found[1] = static_cast<uint32_t>(place.low), found[2] = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
      if (threadIdx.x < 256) counts[threadIdx.x] = 0;
      sync_threads();
      const uint32_t prefix = found[0];
      for (int64_t i = threadIdx.x; i < n; i += kLayerThreads) {
        const uint32_t bits = bits_of(scores[i]);
        if ((bits & mask) == prefix) atomic_add(&counts[bits >> shift & 255u], 1u);
      }
      sync_threads();
      if (threadIdx.x == 0) {
        uint32_t digit = 0;
        while (found[1] >= counts[digit]) found[1] -= counts[digit++];
        found[0] = prefix | digit << shift;
      }
      mask |= 255u << shift;
      sync_threads();
    }
    const uint32_t low = found[0], equal = counts[low & 255u];
    for (int64_t i = threadIdx.x; i < n; i += kLayerThreads) {
      const uint32_t bits = bits_of(scores[i]);
      if (bits > low) atomic_max(&found[2], ~bits);
    }
    sync_threads();
    if (threadIdx.x == 0) {
      const float value = float_of(low);
      const bool again = found[1] + 1 < equal || found[2] == 0;
      out[q] = math::between(value, again ? value : float_of(~found[2]), place.share);
    }
    sync_threads();
  }
}

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

struct Plan {
  std::vector<Layer> layers;
  int64_t blocks = 0, sums = 0;
};

Plan plan_of(const GradStats& a) {
  Plan plan;
  int64_t neurons = 0;
  for (int64_t k = 0; k < a.K; ++k) {
    Layer l{a.grads[k].data, a.outer[k], a.neurons[k], a.inner[k], 0, 0, plan.blocks, 0, neurons, plan.sums, 1, a.grads[k].dtype};
    if (l.outer == 1 && l.inner == 1) l.piece = l.pieces = 1;
    else if (a.grads[k].size > 0) {
      l.piece = l.outer == 1 ? kRun : kSlices;
      l.pieces = ceil_div(l.outer == 1 ? l.inner : l.outer, l.piece);
    }
    while (l.lanes < kWarp && l.lanes * 16 <= l.inner) l.lanes *= 2;
    l.blocks = ceil_div(l.neurons * l.pieces, kUnitThreads / l.lanes);
    plan.blocks += l.blocks;
    plan.sums += l.neurons * l.pieces;
    neurons += l.neurons;
    plan.layers.push_back(l);
  }
  return plan;
}

}  // namespace

void run(const GradStats& given, const Stream& stream) {
  GradStats a = given;
  const Plan plan = plan_of(a);
  const DeviceTableOf<Layer> layers(stream, plan.layers.data(), a.K);
  const DeviceTableOf<double> tau(stream, a.tau.data, a.n_tau), quantile(stream, a.quantile.data, a.n_quantiles);
  const bool wants_quantiles = a.n_quantiles > 0 && (a.layer_quantiles || a.all_quantiles);
  const DeviceScratch<float> scores(stream, wants_quantiles && !a.normalized ? a.R : 0);
  const DeviceScratch<double> sums(stream, plan.sums);
  const DeviceScratch<Totals> of_blocks(stream, a.norm || a.nonfinite || a.largest ? plan.blocks : 0);
  a.tau.data = tau.data();
  a.quantile.data = quantile.data();
  if (scores.size() > 0) a.normalized = {scores.data(), a.R};
  const auto count = static_cast<uint32_t>(a.K);
  launch<sum_units>(stream, {static_cast<uint32_t>(plan.blocks), kUnitThreads}, layers.data(), a.K, sums.data(), of_blocks.data());
  launch<finish_layers>(stream, {count, kLayerThreads}, a, layers.data(), static_cast<const double*>(sums.data()),
                        static_cast<const Totals*>(a.norm || a.nonfinite || a.largest ? of_blocks.data() : nullptr));
  if (wants_quantiles) launch<find_quantiles>(stream, {count + 1, kLayerThreads}, a, layers.data());
}

}  // namespace anacrusis::cuda
