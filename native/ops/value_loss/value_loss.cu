// One warp per tile of a sequence (ops/sequence_tiles.cuh), as in policy_loss.
#include "ops/finish_metrics.cuh"
#include "ops/sequence_tiles.cuh"
#include "value_loss_token.h"

namespace anacrusis::cuda {
namespace {

using Op = ValueLoss;

struct Work {
  Op a;
  ValueInputs in;
  const SequenceTile* tiles;
  int64_t n;
  int32_t* counts;  // [n]
  double* losses;   // [n]
  double* metrics;  // [n][kMetrics]
};

KERNEL step_losses(Work w) {
  const int64_t at = warp_tile();
  if (at >= w.n) return;
  const SequenceTile tile = w.tiles[at];
  const auto tokens = sequence_sum<int64_t>(tile, w.counts);
  const double weight = tokens == 0 ? 0.0 : math::token_weight(w.a.aggregation.index, tokens);
  const auto scale = static_cast<float>(weight / w.a.denominator);
  ValueTally sum{};
  double loss = 0.0;
  for (int32_t k = threadIdx.x % kWarp; k < tile.tokens; k += kWarp) {
    const int64_t i = tile.begin + k;
    ValueTally t;
    const math::ValueTerms terms = w.in.terms(i, t);
    loss += terms.loss;
    w.a.dvalues[i] = math::masked(terms.slope * scale, w.in.mask[i]);
    sum.clipped += t.clipped, sum.not_finite += t.not_finite;
    sum.largest = t.largest > sum.largest ? t.largest : sum.largest;
    sum.error += t.error, sum.error_square += t.error_square;
    sum.target += t.target, sum.target_square += t.target_square;
  }
  const double lane[] = {loss * weight, static_cast<double>(sum.clipped), sum.error, sum.error_square,
                         sum.target, sum.target_square, static_cast<double>(sum.largest),
                         static_cast<double>(sum.not_finite)};
  double warp[8];
  UNROLL
  for (int m = 0; m < 8; ++m) warp[m] = m == 6 ? warp_max(lane[m]) : warp_sum(lane[m]);
  if (threadIdx.x % kWarp > 0) return;
  double* const metrics = w.metrics + at * Op::kMetrics;
  w.losses[at] = warp[0];
  metrics[Op::kTokens] = w.counts[at];
  metrics[Op::kSequences] = at == tile.first && tokens > 0 ? 1.0 : 0.0;
  for (int m = 1; m < 8; ++m) metrics[Op::kClipped - 1 + m] = warp[m];
}

}  // namespace

void run(const ValueLoss& a, const Stream& stream) {
  const auto host = sequence_tiles(a.offsets, a.S);
  const auto n = static_cast<int64_t>(host.size());
  DeviceScratch<SequenceTile> tiles(stream, host.data(), n);
  DeviceScratch<int32_t> counts(stream, n);
  DeviceScratch<double> losses(stream, n), metrics(stream, n * Op::kMetrics);
  const Work w{a, ValueInputs(a), tiles.data(), n, counts.data(), losses.data(), metrics.data()};
  launch<count_tile_tokens>(stream, tile_shape(n), tiles.data(), n, a.mask.data, counts.data());
  launch<step_losses>(stream, tile_shape(n), w);
  launch<finish_metrics<Op::kMetrics, Op::kLargestError>>(stream, {1, kMetricsBlock}, w.losses, w.metrics, n,
                                                      a.denominator, a.loss.data, a.metrics.data,
                                                      a.numerator.data);
}

}  // namespace anacrusis::cuda
