// One chunk of attention_metrics: scores of a block of queries, then row by row what they hold.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstring>

#include "attention_row.h"
#include "attention_work.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

void clear(float* data, int64_t n) {
  if (n > 0) std::memset(data, 0, static_cast<size_t>(n) * sizeof(float));
}

// Memory of the thread: scores of a block of queries, the queries, and the largest score of each.
struct Block {
  float *strip, *q, *largest;
  int64_t stride;
};

constexpr int64_t kWholeBlock = ceil_to(kBlockRows, kTileRows);

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
  if (a.lse) a.lse[head.out + t] = static_cast<float>(shift * math::kLnOf2 + std::log(sums.mass));
  if (a.span) {
    span += (a.exclude_sink == 0 ? sums.distance : distance_from(weights, a.exclude_sink, t + 1)) / sums.mass;
  }
  return sums.mass;
}

// Base-2 log-sum-exp that the caller gave for a row.
float given_shift(const AttentionMetrics& a, int64_t row) {
  return a.lse_form.index == 1 ? a.lse_in[row] : a.lse_in[row] * static_cast<float>(math::kLog2OfE);
}

// Adds the weights of a block of rows, times a factor each, to the keys that have them in the horizon.
void add_block(const Work& work, Range rows, int64_t first, const Block& block, const float* factors,
               float* slot) {
  for (int64_t begin = rows.begin; begin < rows.end; begin += kRowsAdded) {
    const int64_t end = smaller(rows.end, begin + kRowsAdded), row = begin - rows.begin;
    const float* const weights = block.strip + row * block.stride - first;
    Range all{work.keys_of({end - 1, end}).begin, work.keys_of({begin, begin + 1}).end};  // in all horizons
    const bool together = end - begin == kRowsAdded && all.begin < all.end;
    if (!together) all = {0, 0};
    for (int64_t t = begin; t < end; ++t) {
      const Range own = work.keys_of({t, t + 1});
      const float* const line = weights + (t - begin) * block.stride;
      const int64_t left = together ? all.begin : own.end;
      add_weights(slot + own.begin, line + own.begin, left - own.begin, factors[row + t - begin]);
      if (together) add_weights(slot + all.end, line + all.end, own.end - all.end, factors[row + t - begin]);
    }
    add_rows(slot + all.begin, weights + all.begin, block.stride, all.size(), factors + row);
  }
}

template <class Words>
double run_rows(const Work& work, const Head& head, Range chunk, int64_t reach, const Block& block,
                float* slot) {
  const AttentionMetrics& a = work.a;
  // Above 0, for 0 times the score of the padding, -inf, is NaN.
  const float scale = fmaxf(static_cast<float>(a.scale * math::kLog2OfE), FLT_MIN);
  const auto* const q = static_cast<const typename Words::Element*>(a.q.data) + head.q;
  float factors[kWholeBlock];
  double span = 0;
  for (int64_t begin = chunk.begin; begin < chunk.end; begin += kBlockRows) {
    const Range rows{begin, smaller(chunk.end, begin + kBlockRows)};
    const int64_t whole = ceil_to(rows.size(), kTileRows);
    const int64_t first = larger(0, begin - reach) / kTileWidth * kTileWidth;
    const int64_t visible = (begin + 1 - first) / kTileWidth * kTileWidth;  // of all rows: no mask
    pack_queries<Words>(q + begin * head.q_step, head.q_step, rows.size(), whole, a.D, block.q);
    for (int64_t i = 0; i < whole * kLanes; ++i) block.largest[i] = -INFINITY;
    const Scores scores{work.words, block.q, head.panels + first * work.words, block.strip, block.stride,
                        block.largest, visible};
    multiply_keys<Words>(scores, whole, ceil_to(rows.end - first, kTileWidth));
    for (int64_t t = begin; t < rows.end; ++t) {
      const int64_t row = t - begin, row_first = larger(0, t - reach), n = t + 1 - row_first;
      float* const line = block.strip + row * block.stride;
      float* const weights = line + (row_first - first);
      float shift = 0;
      if (work.whole_rows()) {
        const float most = maximum_of(load(block.largest + row * kLanes));
        shift = scale * row_max(line + visible, t + 1 - visible, most);
      } else {
        shift = given_shift(a, head.out + t);
      }
      pad(weights, n);
      const Sums sums = to_weights(weights, n, scale, shift, a.window, static_cast<bool>(a.span));
      factors[row] = static_cast<float>(1 / finish(work, head, t, weights, sums, shift, span));
    }
    if (head.fai) add_block(work, rows, first, block, factors, slot);
  }
  return span;
}

template <class Words>
void run_chunk(Work& work, int64_t s, int64_t h, int64_t index) {
  const Head head = work.head(s, h);
  if (index >= work.chunks(s) || !work.needs(head)) return;
  const Range chunk = work.chunk(s, index);
  const int64_t reach = work.reach(head.waad, head.fai, s);
  // To spare: the first key is cut down to a tile, and weights are made in groups from any key on.
  const int64_t stride = ceil_to(smaller(chunk.end, reach + kBlockRows), kTileWidth) + 2 * kTileWidth;
  Block block{thread_scratch(kWholeBlock * (stride + kLanes + work.words)), nullptr, nullptr, stride};
  if (!block.strip) {
    work.out_of_memory = true;
    return;
  }
  block.largest = block.strip + kWholeBlock * stride;
  block.q = block.largest + kWholeBlock * kLanes;
  float* const slot = head.fai ? work.slot(head, index) : nullptr;
  const Range keys = work.keys_of(chunk);
  if (head.fai) clear(slot + keys.begin, keys.size());
  const double span = run_rows<Words>(work, head, chunk, reach, block, slot);
  if (work.a.span) work.spans[(s * work.a.H + h) * work.slots + index] = static_cast<float>(span);
}

}  // namespace
}  // namespace anacrusis::ANACRUSIS_ISA
