// Three kernels: tokens of each tile, then weights and sums of tiles, then one block adds those up.
#include "aggregate.h"

#include "math/masked.h"
#include "ops/finish_loss.cuh"
#include "ops/sequence_tiles.cuh"

namespace anacrusis::cuda {
namespace {

KERNEL sum_tiles(Aggregate a, const SequenceTile* tiles, int64_t n, const int32_t* counts,
                 double* partials) {
  const int64_t at = warp_tile();
  if (at >= n) return;
  const SequenceTile tile = tiles[at];
  const auto tokens = sequence_sum<int64_t>(tile, counts);
  const double weight = tokens == 0 ? 0.0 : math::token_weight(a.aggregation.index, tokens);
  const auto slope = static_cast<float>(weight / a.denominator);
  double sum = 0.0;
  for (int32_t i = threadIdx.x % kWarp; i < tile.tokens; i += kWarp) {
    const int64_t token = tile.begin + i;
    const uint8_t counted = a.mask[token];
    a.weights[token] = math::masked(slope, counted);
    sum += static_cast<double>(math::masked(a.losses[token], counted));
  }
  sum = warp_sum(sum);
  if (threadIdx.x % kWarp == 0) partials[at] = weight * sum;
}

}  // namespace

void run(const Aggregate& a, const Stream& stream) {
  const auto host = sequence_tiles(a.offsets, a.S);
  const auto n = static_cast<int64_t>(host.size());
  DeviceScratch<SequenceTile> tiles(stream, host.data(), n);
  DeviceScratch<int32_t> counts(stream, n);
  DeviceScratch<double> partials(stream, n);
  launch<count_tile_tokens>(stream, tile_shape(n), tiles.data(), n, a.mask.data, counts.data());
  launch<sum_tiles>(stream, tile_shape(n), a, tiles.data(), n, counts.data(), partials.data());
  launch<finish_loss>(stream, {1, kFinishBlock}, partials.data(), n, a.denominator, a.loss.data,
                      a.numerator.data);
}

}  // namespace anacrusis::cuda
