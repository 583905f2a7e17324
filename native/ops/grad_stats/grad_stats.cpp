// A tensor is cut into units of about 65,536 elements: blocks of neurons, and pieces of what a neuron has. Units
// write float64 sums per neuron and piece, which are added in order. The cut depends on the shapes alone.
#include "grad_stats.h"

#include <cmath>

#include "gradient_sums.h"
#include "math/gradient_score.h"
#include "runtime/parallel.h"
#include "runtime/quantiles.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kUnit = 65536, kStrip = 4096, kMostPieces = 64;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }
int64_t at_least(int64_t a, int64_t b) { return a > b ? a : b; }

struct Cut {
  int64_t outer, neurons, inner;
  int64_t block, blocks;  // neurons of a block, and how many blocks
  int64_t piece, pieces;  // parameters (outer = 1) or slices of a piece, and how many pieces
};

Cut cut_of(const GradStats& a, int64_t k) {
  Cut c{a.outer[k], a.neurons[k], a.inner[k], 0, 0, 0, 0};
  if (c.outer * c.neurons * c.inner == 0) return c;
  if (c.outer == 1) {
    c.block = at_least(1, kUnit / c.inner);
    c.piece = at_most(c.inner, kUnit);
    c.pieces = ceil_div(c.inner, c.piece);
  } else {
    c.block = at_most(c.neurons, at_least(1, kStrip / c.inner));
    const int64_t wanted = at_most(kMostPieces, ceil_div(c.outer * c.block * c.inner, kUnit));
    c.piece = ceil_div(c.outer, wanted);
    c.pieces = ceil_div(c.outer, c.piece);
  }
  c.blocks = ceil_div(c.neurons, c.block);
  return c;
}

struct Layer {
  Cut cut;
  int64_t first_unit, first_neuron, first_sum;
};

struct Work {
  const GradStats& a;
  Layer* layers;
  Extras* extras;  // one per unit; null where nobody wants them
  double* sums;    // [pieces, neurons] of each layer
  float* scores;   // [R], to be reordered
};

template <class T>
void sum_unit(const Work& w, const Layer& layer, const T* g, int64_t unit, Extras* extras) {
  const Cut& c = layer.cut;
  const int64_t piece = unit / c.blocks, first = unit % c.blocks * c.block;
  const int64_t count = at_most(c.block, c.neurons - first), begin = piece * c.piece;
  double* const sums = w.sums + layer.first_sum + piece * c.neurons + first;
  for (int64_t i = 0; i < count; ++i) sums[i] = 0.0;
  if (c.outer == 1) {
    const T* const from = g + first * c.inner + begin;
    const int64_t n = at_most(c.piece, c.inner - begin);
    if (c.pieces == 1) return sum_rows(from, n, count, sums, extras);
    sums[0] = sum_magnitudes(from, n, extras);
    return;
  }
  const int64_t slices = at_most(c.piece, c.outer - begin), stride = c.neurons * c.inner;
  const T* const from = g + (begin * c.neurons + first) * c.inner;
  if (c.inner == 1) return sum_columns(from, slices, stride, count, sums, extras);
  for (int64_t o = 0; o < slices; ++o) sum_rows(from + o * stride, c.inner, count, sums, extras);
}

// Units [begin, end) of all layers.
void sum_units(const Work& w, int64_t begin, int64_t end) {
  int64_t k = 0;
  for (int64_t high = w.a.K - 1; k < high;) {
    const int64_t middle = (k + high + 1) / 2;
    if (w.layers[middle].first_unit <= begin) k = middle;
    else high = middle - 1;
  }
  for (int64_t unit = begin; unit < end; ++unit) {
    while (unit >= w.layers[k].first_unit + w.layers[k].cut.blocks * w.layers[k].cut.pieces) ++k;
    const FloatsIn& grad = w.a.grads[k];
    Extras* const extras = w.extras ? w.extras + unit : nullptr;
    if (extras) *extras = {};
    for_float_type(grad.dtype, [&](auto zero) {
      using T = decltype(zero);
      sum_unit(w, w.layers[k], static_cast<const T*>(grad.data), unit - w.layers[k].first_unit, extras);
    });
  }
}

// Neurons of a layer from the sums of their pieces; returns the sum of the means.
double finish_neurons(const Work& w, const Layer& layer) {
  const Cut& c = layer.cut;
  double* const sums = w.sums + layer.first_sum;
  for (int64_t piece = 1; piece < c.pieces; ++piece) {
    const double* const more = sums + piece * c.neurons;
#pragma omp simd
    for (int64_t i = 0; i < c.neurons; ++i) sums[i] += more[i];
  }
  const double parameters = static_cast<double>(c.outer) * static_cast<double>(c.inner);
  float* const means = w.a.per_neuron.data + layer.first_neuron;
  double total = 0.0;
#pragma omp simd reduction(+ : total)
  for (int64_t i = 0; i < c.neurons; ++i) {
    means[i] = parameters > 0 ? static_cast<float>(sums[i] / parameters) : 0.0f;
    total += means[i];
  }
  return total;
}

void finish_layer(const Work& w, int64_t k) {
  const GradStats& a = w.a;
  const Layer& layer = w.layers[k];
  const int64_t neurons = layer.cut.neurons, units = layer.cut.blocks * layer.cut.pieces;
  const double sum = finish_neurons(w, layer), mean = neurons > 0 ? sum / static_cast<double>(neurons) : 0.0;
  a.per_layer[k] = mean;
  const float* const means = a.per_neuron.data + layer.first_neuron;
  if (a.normalized) {
    float* const scores = a.normalized.data + layer.first_neuron;
#pragma omp simd
    for (int64_t i = 0; i < neurons; ++i) scores[i] = math::gradient_score(means[i], mean);
  }
  for (int64_t t = 0; t < a.n_tau && a.dormant; ++t) {
    int32_t count = 0;
    const double tau = a.tau[t];
#pragma omp simd reduction(+ : count)
    for (int64_t i = 0; i < neurons; ++i) count += math::is_dormant(math::gradient_score(means[i], mean), tau);
    a.dormant[k * a.n_tau + t] = count;
  }
  if (!w.extras) return;
  Extras all{};
  for (int64_t u = layer.first_unit; u < layer.first_unit + units; ++u) {
    all.squares += w.extras[u].squares;
    all.nonfinite += w.extras[u].nonfinite;
    all.largest = math::larger(all.largest, w.extras[u].largest);
  }
  if (a.norm) a.norm[k] = std::sqrt(all.squares);
  if (a.nonfinite) a.nonfinite[k] = all.nonfinite;
  if (a.largest) a.largest[k] = all.largest;
}

// The quantiles of layers [first, last) together; `out` may be null.
void find_quantiles(const Work& w, int64_t first, int64_t last, double* out) {
  const GradStats& a = w.a;
  if (!out || first == last) return;
  const int64_t begin = w.layers[first].first_neuron;
  const int64_t end = w.layers[last - 1].first_neuron + w.layers[last - 1].cut.neurons;
  for (int64_t k = first; k < last; ++k) {
    const int64_t at = w.layers[k].first_neuron;
    for (int64_t i = at; i < at + w.layers[k].cut.neurons; ++i) {
      w.scores[i] = math::gradient_score(a.per_neuron[i], a.per_layer[k]);
    }
  }
  quantiles(w.scores + begin, end - begin, a.quantile.data, a.n_quantiles, out);
}

}  // namespace

void run(const GradStats& a) {
  const bool wanted = a.norm || a.nonfinite || a.largest;
  int64_t elements = 0, units = 0, sums = 0;
  for (int64_t k = 0; k < a.K; ++k) {
    const Cut cut = cut_of(a, k);
    elements += a.grads[k].size;
    units += cut.blocks * cut.pieces;
    sums += cut.pieces * cut.neurons;
  }
  const auto bytes = static_cast<size_t>(a.K) * sizeof(Layer) + static_cast<size_t>(units) * sizeof(Extras) +
                     static_cast<size_t>(sums) * sizeof(double) + static_cast<size_t>(a.R) * sizeof(float);
  struct Call {
    const GradStats& a;
    bool wanted;
    int64_t units, sums, elements;
  } call{a, wanted, units, sums, elements};
  with_scratch(
      static_cast<int64_t>(bytes / sizeof(float)),
      [](float* memory, void* context) {
        const Call& c = *static_cast<const Call*>(context);
        auto* const layers = reinterpret_cast<Layer*>(memory);
        auto* const extras = reinterpret_cast<Extras*>(layers + c.a.K);
        auto* const sums = reinterpret_cast<double*>(extras + c.units);
        const Work w{c.a, layers, c.wanted ? extras : nullptr, sums, reinterpret_cast<float*>(sums + c.sums)};
        int64_t unit = 0, neuron = 0, sum = 0;
        for (int64_t k = 0; k < c.a.K; ++k) {
          const Cut cut = cut_of(c.a, k);
          layers[k] = {cut, unit, neuron, sum};
          unit += cut.blocks * cut.pieces;
          neuron += cut.neurons;
          sum += cut.pieces * cut.neurons;
        }
        // Small tensors are taken many at a time.
        parallel_for(c.units, 1 + c.units * kUnit / (c.elements + 1), [&](int64_t begin, int64_t end) { sum_units(w, begin, end); });
        parallel_for(c.a.K, 1 + c.a.K * 8192 / (c.a.R + 1), [&](int64_t begin, int64_t end) {
          for (int64_t k = begin; k < end; ++k) {
            finish_layer(w, k);
            if (c.a.layer_quantiles) find_quantiles(w, k, k + 1, c.a.layer_quantiles.data + k * c.a.n_quantiles);
          }
        });
        if (c.a.K == 0 && c.a.all_quantiles) quantiles(w.scores, 0, c.a.quantile.data, c.a.n_quantiles, c.a.all_quantiles.data);
        find_quantiles(w, 0, c.a.K, c.a.all_quantiles.data);
      },
      &call);
}

}  // namespace anacrusis::ANACRUSIS_ISA
