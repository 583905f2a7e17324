// Token losses of packed sequences in flat runs: whole sequences together up to kRun tokens, so that short ones
// fill vectors; a longer sequence is cut into runs of its own. What enters the loss is summed per sequence in the order
// of its own tokens and across sequences without rounding, so it does not depend on how a batch is cut.
#pragma once

#include "ops/sequence_sums.h"
#include "runtime/parallel.h"
#include "runtime/view.h"

namespace anacrusis::ANACRUSIS_ISA {

constexpr int64_t kRun = 512;

// Adds the weighted losses of sequences [from, to) to `sum`. Of work are used
//   double weight = work.open(s)            factor of the losses of a sequence that holds a token; called in order
//   work.place(s, first, n, at)             its tokens first .. first + n - 1 take the places at .. of the run
//   work.compute(first, n)                  leaves the losses of a run that begins at token `first` in work.losses[]
template <class Work>
inline void add_runs(Work& work, View<const int32_t> offsets, int64_t from, int64_t to, ExactAccumulator& sum) {
  int64_t sequences[kRun], waiting = 0, tokens = 0;
  double weights[kRun];
  const auto add_losses = [&](double weight, int64_t n, int64_t at) {
    const float* losses = work.losses + at;
    sum.add(weight * ordered_sum(n, [&](int64_t k) { return static_cast<double>(losses[k]); }));
  };
  const auto flush = [&] {
    if (tokens == 0) return;
    const int64_t first = offsets[sequences[0]];
    work.compute(first, tokens);
    for (int64_t w = 0; w < waiting; ++w) {
      const int64_t s = sequences[w];
      add_losses(weights[w], offsets[s + 1] - offsets[s], offsets[s] - first);
    }
    waiting = tokens = 0;
  };
  for (int64_t s = from; s < to; ++s) {
    const int64_t begin = offsets[s], end = offsets[s + 1];
    if (begin == end) continue;
    if (tokens + end - begin > kRun) flush();
    const double weight = work.open(s);
    if (end - begin <= kRun) {
      work.place(s, begin, end - begin, tokens);
      sequences[waiting] = s;
      weights[waiting++] = weight;
      tokens += end - begin;
      continue;
    }
    for (int64_t at = begin; at < end; at += kRun) {
      const int64_t n = end - at < kRun ? end - at : kRun;
      work.place(s, at, n, 0);
      work.compute(at, n);
      add_losses(weight, n, 0);
    }
  }
  flush();
}

// Runs an op over parts of its batch: Part is add_runs's work, with the members a, in and metrics[Op::kMetrics]. Metrics
// are sums but for the one at kLargest; the first one is the numerator.
template <class Part, int kLargest, class Op, class Inputs>
inline void run_parts(const Op& a, const Inputs& in) {
  struct Sums {
    ExactAccumulator loss;
    double metrics[Op::kMetrics];
  };
  const int64_t parts = sequence_parts(a.T, 4096);
  Sums sums[kMostParts] = {};
  parallel_for(parts, 1, [&](int64_t first, int64_t last) {
    Part part;
    part.a = &a;
    part.in = &in;
    for (int64_t p = first; p < last; ++p) {
      for (double& metric : part.metrics) metric = 0.0;
      add_runs(part, a.offsets, p * a.S / parts, (p + 1) * a.S / parts, sums[p].loss);
      for (int m = 0; m < Op::kMetrics; ++m) sums[p].metrics[m] = part.metrics[m];
    }
  });
  Sums& total = sums[0];
  for (int64_t p = 1; p < parts; ++p) {
    total.loss.add(sums[p].loss);
    for (int m = 0; m < Op::kMetrics; ++m) {
      double& metric = total.metrics[m];
      const double other = sums[p].metrics[m];
      metric = m != kLargest ? metric + other : other > metric ? other : metric;
    }
  }
  total.metrics[Op::kNumerator] = total.loss.value(a.numerator.data);
  a.loss[0] = total.metrics[Op::kNumerator] / a.denominator;
  for (int m = 0; m < Op::kMetrics; ++m) a.metrics[m] = total.metrics[m];
}

}  // namespace anacrusis::ANACRUSIS_ISA
