#include "grad_stats.h"

#include <cmath>

#include "runtime/parallel.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kBlock = 4096;  // elements of a float32 partial sum
constexpr int64_t kPiece = 65536;  // elements of a piece of work, on average

double sum_of_magnitudes(const float* g, int64_t n) {
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t size = n - begin < kBlock ? n - begin : kBlock;
    const float* const block = g + begin;
    // Several chains at once: one could not keep up with the memory.
    float sums[4] = {};
    int64_t i = 0;
    for (; i + 256 <= size; i += 256) {
      for (int c = 0; c < 4; ++c) {
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < 64; ++j) sum += std::fabs(block[i + c * 64 + j]);
        sums[c] += sum;
      }
    }
    float rest = 0;
#pragma omp simd reduction(+ : rest)
    for (int64_t j = i; j < size; ++j) rest += std::fabs(block[j]);
    total += (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest;
  }
  return total;
}

// Neurons [begin, end) of all tensors.
void mean_magnitudes(const GradStats& a, int64_t begin, int64_t end) {
  int64_t layer = 0, first = 0;
  for (int64_t neuron = begin; neuron < end; ++neuron) {
    while (neuron >= first + a.rows[layer]) first += a.rows[layer++];
    const int64_t cols = a.cols[layer];
    const double sum = sum_of_magnitudes(a.grads[layer].data + (neuron - first) * cols, cols);
    a.per_neuron[neuron] = cols > 0 ? static_cast<float>(sum / cols) : 0.0f;
  }
}

}  // namespace

void run(const GradStats& a) {
  int64_t elements = 0;
  for (int64_t i = 0; i < a.K; ++i) elements += a.grads[i].size;
  parallel_for(a.R, 1 + kPiece * a.R / (elements + 1), [&](int64_t begin, int64_t end) {
    mean_magnitudes(a, begin, end);
  });
  const float* neurons = a.per_neuron.data;
  for (int64_t i = 0; i < a.K; neurons += a.rows[i], ++i) {
    double sum = 0;
    for (int64_t r = 0; r < a.rows[i]; ++r) sum += neurons[r];
    const double mean = a.rows[i] > 0 ? sum / a.rows[i] : 0;
    a.per_layer[i] = mean;
    if (!a.normalized) continue;
    float* const normalized = a.normalized.data + (neurons - a.per_neuron.data);
    for (int64_t r = 0; r < a.rows[i]; ++r) {
      normalized[r] = mean == 0 ? 0.0f : static_cast<float>(neurons[r] / mean);
    }
  }
}

}  // namespace anacrusis::ANACRUSIS_ISA
