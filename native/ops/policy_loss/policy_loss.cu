// One warp per tile of a sequence (ops/sequence_tiles.cuh): tokens and, beyond the token level, log-ratios of each tile are
// added up first; then every warp knows its sequence and goes over its tokens once. Sums are
// float64 in the order of lanes and tiles; the loss itself is summed without rounding.
#include "ops/finish_metrics.cuh"
#include "ops/sequence_tiles.cuh"
#include "policy_loss_token.h"

namespace anacrusis::cuda {
namespace {

using Op = PolicyLoss;

struct Work {
  Op a;
  PolicyInputs in;
  const SequenceTile* tiles;
  int64_t n;
  int32_t* counts;              // [n]
  double *ratios, *advantages;  // [n], beyond the token level
  double* losses;               // [n]
  double* metrics;              // [n][kMetrics]
};

// Sums of log-ratios and advantages of each tile.
KERNEL sum_tile_ratios(Work w) {
  const int64_t at = warp_tile();
  if (at >= w.n) return;
  const SequenceTile tile = w.tiles[at];
  double ratio = 0.0, advantage = 0.0;
  for (int32_t i = threadIdx.x % kWarp; i < tile.tokens; i += kWarp) {
    ratio += w.in.token_log_ratio(tile.begin + i);
    advantage += w.in.token_advantage(tile.begin + i);
  }
  ratio = warp_sum(ratio);
  advantage = warp_sum(advantage);
  if (threadIdx.x % kWarp > 0) return;
  w.ratios[at] = ratio;
  w.advantages[at] = advantage;
}

// The terms of the tile's sequence, in every lane.
DEVICE SequenceTerms sequence_terms(const Work& w, const SequenceTile& tile, int64_t tokens, double weight) {
  SequenceTerms terms{static_cast<float>(weight / w.a.denominator), 0.0f, 0.0f};
  if (w.in.level == math::kTokenRatio) return terms;
  const auto ratio = sequence_sum<double>(tile, w.ratios);
  const auto advantage = sequence_sum<double>(tile, w.advantages);
  if (tokens == 0) return terms;
  terms.log_ratio = static_cast<float>(w.in.level == math::kProductRatio ? ratio : ratio / tokens);
  terms.advantage = static_cast<float>(advantage / tokens);
  return terms;
}

// A lane's part of the metrics from kClippedLow on.
struct LaneSums {
  int32_t flags[6];
  double k1, k2, k3, ratio, ratio_square, largest, entropy, kl, surrogate, behavior, behavior_square;
};

DEVICE void add(LaneSums& sum, const PolicyRecord& r) {
  UNROLL
  for (int flag = 0; flag < 6; ++flag) sum.flags[flag] += r.flags >> flag & 1;
  sum.k1 += math::kl_k1(r.log_ratio);
  sum.k2 += math::kl_k2(r.log_ratio);
  sum.k3 += math::kl_k3(r.log_ratio);
  sum.ratio += r.ratio;
  sum.ratio_square += static_cast<double>(r.ratio) * r.ratio;
  sum.largest = r.ratio > sum.largest ? r.ratio : sum.largest;
  sum.entropy += r.entropy;
  sum.kl += r.kl;
  sum.surrogate += r.surrogate;
  sum.behavior += r.behavior;
  sum.behavior_square += static_cast<double>(r.behavior) * r.behavior;
}

// The warp's sums; lane 0 writes them.
DEVICE void write_metrics(const LaneSums& s, double* metrics) {
  const auto count = [&](int flag) { return static_cast<double>(s.flags[flag]); };
  const double lane[] = {count(0), count(1),  count(2), s.k1,        s.k2,        s.k3,
                         s.ratio,  s.ratio_square, s.largest, s.entropy, s.kl, s.surrogate,
                         s.behavior, s.behavior_square, count(3), count(4), count(5)};
  UNROLL
  for (int m = 0; m < Op::kMetrics - Op::kClippedLow; ++m) {
    const bool largest = Op::kClippedLow + m == Op::kLargestRatio;
    const double value = largest ? warp_max(lane[m]) : warp_sum(lane[m]);
    if (threadIdx.x % kWarp == 0) metrics[Op::kClippedLow + m] = value;
  }
}

KERNEL token_losses(Work w) {
  const int64_t at = warp_tile();
  if (at >= w.n) return;
  const SequenceTile tile = w.tiles[at];
  const auto tokens = sequence_sum<int64_t>(tile, w.counts);
  const double weight = tokens == 0 ? 0.0 : math::token_weight(w.a.aggregation.index, tokens);
  const SequenceTerms shared = sequence_terms(w, tile, tokens, weight);
  const math::PolicyOptions& o = w.in.options;
  const float kl_coef = o.kl == math::kFullKl ? o.kl_coef : 0.0f;
  LaneSums sum{};
  double loss = 0.0;
  for (int32_t k = threadIdx.x % kWarp; k < tile.tokens; k += kWarp) {
    const int64_t i = tile.begin + k;
    const uint8_t counts = w.in.mask[i];
    const math::PolicyToken token = w.in.token<false>(i, shared);
    const math::PolicyTerms terms = math::policy_objective(o, token);
    add(sum, policy_record(token, terms, w.in.token_log_ratio(i), shared.scale, counts));
    loss += terms.loss;
    w.a.dlogp[i] = math::masked(terms.g_logp * shared.scale, counts);
    if (w.a.dentropy) w.a.dentropy[i] = math::masked(-o.entropy_coef * shared.scale, counts);
    if (w.a.dkl) w.a.dkl[i] = math::masked(kl_coef * shared.scale, counts);
  }
  loss = warp_sum(loss);
  double* const metrics = w.metrics + at * Op::kMetrics;
  write_metrics(sum, metrics);
  if (threadIdx.x % kWarp > 0) return;
  w.losses[at] = weight * loss;
  metrics[Op::kTokens] = w.counts[at];
  metrics[Op::kSequences] = at == tile.first && tokens > 0 ? 1.0 : 0.0;
}

}  // namespace

void run(const PolicyLoss& a, const Stream& stream) {
  const auto host = sequence_tiles(a.offsets, a.S);
  const auto n = static_cast<int64_t>(host.size());
  const PolicyInputs in(a);
  const bool by_token = in.level == math::kTokenRatio;
  DeviceScratch<SequenceTile> tiles(stream, host.data(), n);
  DeviceScratch<int32_t> counts(stream, n);
  DeviceScratch<double> ratios(stream, by_token ? 0 : n), advantages(stream, by_token ? 0 : n);
  DeviceScratch<double> losses(stream, n), metrics(stream, n * Op::kMetrics);
  const Work w{a, in, tiles.data(), n, counts.data(), ratios.data(), advantages.data(), losses.data(),
               metrics.data()};
  launch<count_tile_tokens>(stream, tile_shape(n), tiles.data(), n, a.mask.data, counts.data());
  if (!by_token) launch<sum_tile_ratios>(stream, tile_shape(n), w);
  launch<token_losses>(stream, tile_shape(n), w);
  launch<finish_metrics<Op::kMetrics, Op::kLargestRatio>>(stream, {1, kMetricsBlock}, w.losses, w.metrics, n,
                                                      a.denominator, a.loss.data, a.metrics.data,
                                                      a.numerator.data);
}

}  // namespace anacrusis::cuda
