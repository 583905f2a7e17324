// One chunk of attention_metrics: scores of a block of queries, then row by row what they hold.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstring>

#include "attention_row.h"
#include "attention_work.h"
#include "math/attention_metrics.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

void clear(float* data, int64_t n) {
  if (n > 0) std::memset(data, 0, static_cast<size_t>(n) * sizeof(float));
}

// WAAD, log-sum-exp and span of query t; what its weights are to be divided by.
double finish(const Work& work, const Head& head, int64_t t, const float* weights, const Sums& sums,
              float shift, double& span) {
  const AttentionMetrics& a = work.a;
  const auto W = static_cast<double>(a.window);
  const bool whole = work.whole_rows() || a.window > t;
  if (head.waad) {
    a.waad[head.out + t] = static_cast<float>(
        whole ? sums.cut_distance / sums.mass : math::waad_of_part(sums.mass, sums.cut_distance, W));
  }
  if (!work.whole_rows()) return 1;
  if (a.lse) a.lse[head.out + t] = static_cast<float>(shift + std::log(sums.mass));
  span += (a.exclude_sink == 0 ? sums.distance : distance_from(weights, a.exclude_sink, t + 1)) / sums.mass;
  return sums.mass;
}

// Dot products of queries with the keys [first, first + columns), both multiples of a panel.
void multiply_keys(const Head& head, int64_t D, Range rows, int64_t first, int64_t columns,
                   float* scores, int64_t stride) {
  constexpr int64_t kColumns = 512;
  static const float zeros[kColumns + kTilePanels * kPanel] = {};
  for (int64_t begin = 0; begin < columns; begin += kColumns) {
    const float* const keys = head.panels + (first + begin) * D;
    const Tile tile{D, head.q + rows.begin * head.q_step, head.q_step, 1, keys, D * kPanel, zeros, 0,
                    scores + begin, stride};
    multiply(tile, rows.size(), smaller(kColumns, columns - begin));
  }
}

// One chunk: `strip` takes the scores of a block of rows and, behind them, its column sums.
double run_rows(const Work& work, const Head& head, Range chunk, int64_t reach, int64_t stride,
                float* strip, float* slot) {
  const AttentionMetrics& a = work.a;
  // Above 0, for 0 times the score of the padding, -inf, is NaN.
  const float scale = fmaxf(static_cast<float>(a.scale), FLT_MIN);
  float* const sums = strip + kBlockRows * stride;
  double span = 0;
  for (int64_t begin = chunk.begin; begin < chunk.end; begin += kBlockRows) {
    const Range rows{begin, smaller(chunk.end, begin + kBlockRows)};
    const int64_t first = larger(0, begin - reach) / kPanel * kPanel;
    multiply_keys(head, a.D, rows, first, ceil_to(rows.end, kPanel) - first, strip, stride);
    const Range keys = work.keys_of(rows);
    if (head.fai) clear(sums, keys.size());
    for (int64_t t = begin; t < rows.end; ++t) {
      const int64_t row_first = larger(0, t - reach), n = t + 1 - row_first;
      float* const weights = strip + (t - begin) * stride + (row_first - first);
      pad(weights, n);
      const float shift = work.whole_rows() ? scale * row_max(weights, n) : a.lse_in[head.out + t];
      const Sums row = to_weights(weights, n, scale, shift, static_cast<float>(a.window));
      const double mass = finish(work, head, t, weights, row, shift, span);
      if (!head.fai) continue;
      const Range own = work.keys_of({t, t + 1});
      add_weights(sums + (own.begin - keys.begin), weights + (own.begin - row_first), own.size(),
                  static_cast<float>(1 / mass));
    }
    if (head.fai) add_weights(slot + keys.begin, sums, keys.size(), 1);
  }
  return span;
}

void run_chunk(Work& work, int64_t s, int64_t h, int64_t index) {
  const Head head = work.head(s, h);
  if (index >= work.chunks(s) || !work.needs(head)) return;
  const Range chunk = work.chunk(s, index);
  const int64_t reach = work.reach(head.waad, head.fai, s);
  // To spare: the first key is cut down to a panel, and weights are made in groups from any key on.
  const int64_t stride = ceil_to(smaller(chunk.end, reach + kBlockRows), kPanel) + 2 * kPanel;
  float* const strip = thread_scratch((kBlockRows + 1) * stride + kPanel);
  if (!strip) {
    work.out_of_memory = true;
    return;
  }
  float* const slot = work.slot(head, index);
  const Range keys = work.keys_of(chunk);
  if (head.fai) clear(slot + keys.begin, keys.size());
  const auto misaligned = static_cast<int64_t>(reinterpret_cast<uintptr_t>(strip) / sizeof(float) % kPanel);
  const double span = run_rows(work, head, chunk, reach, stride, strip + (kPanel - misaligned), slot);
  if (work.a.span) work.spans[(s * work.a.H + h) * work.slots + index] = static_cast<float>(span);
}

}  // namespace
}  // namespace anacrusis::ANACRUSIS_ISA
