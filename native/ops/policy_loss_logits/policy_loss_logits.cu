// A team reads its row twice, the second time mostly out of the second-level cache (runtime/logit_rows.cuh), and writes it
// once. Why not once: a row of 300 KB outgrows the shared memory of one block. Clusters of blocks hold it, where there are
// any (runtime/logit_clusters.cuh). The loss is a second, small kernel: its terms meet in a sum that does not round, so
// their order makes no difference.
#include "policy_loss_logits.h"

#include "ops/finish_loss.cuh"
#include "runtime/logit_clusters.cuh"

namespace anacrusis::cuda {
namespace {

DEVICE bool row_counts(const PolicyLossLogits& a, int64_t row) {
  return row < a.T && a.weights[row] != 0.0f && in_vocabulary(a.targets[row], a.V);
}

// By one thread: what the row gives, and what its gradient takes. `terms` is null where another thread writes the former.
DEVICE math::GradientRow finish_token(const PolicyLossLogits& a, const math::PolicyOptions& options, int64_t row,
                                      const math::TokenLogProb& token, bool counts, double* terms) {
  PolicyRow policy{};
  if (counts) policy = policy_row(a, options, row, token.logp, token.entropy);
  const math::GradientRow gradient =
      math::gradient_row(token.row, policy.g, policy.h, token.entropy, a.temperature);
  if (!terms) return gradient;
  if (a.logp) a.logp[row] = token.logp;
  if (a.entropy) a.entropy[row] = token.entropy;
  a.losses[row] = policy.loss;
  terms[row] = counts ? static_cast<double>(a.weights[row]) * static_cast<double>(policy.loss) : 0.0;
  return gradient;
}

template <class T, class Team>
KERNEL_BOUNDS(Team::kBlock, 1) policy_rows(PolicyLossLogits a, math::PolicyOptions options, double* terms) {
  SHARED(double, sums, [kWarp]);
  SHARED(float, maxima, [kWarp]);
  SHARED(math::GradientRow, gradients, [Team::kPerBlock]);
  const float scale = math::exponent_scale(a.temperature);
  for (int64_t row = Team::first(); row < a.T; row += Team::step()) {
    T* const z = a.logits.as<T>().data + row * a.V;
    const int64_t target = a.targets[row];
    const bool counts = row_counts(a, row);
    math::SoftmaxSums softmax = math::empty_softmax_sums();
    if (counts) softmax = softmax_sums<Team>(static_cast<const T*>(z), a.V, scale, {sums, maxima});
    if (Team::rank() == 0) {
      math::TokenLogProb token{};
      if (counts) token = math::token_log_prob(softmax, math::to_float(z[target]), a.temperature);
      gradients[Team::team()] = finish_token(a, options, row, token, counts, terms);
    }
    Team::sync();
    const math::GradientRow gradient = gradients[Team::team()];
    Team::sync();
    if (is_zero(gradient)) {
      zero_row<Team>(z, a.V);
    } else {
      gradient_of_row<Team>(static_cast<const T*>(z), z, a.V, target, gradient);
    }
  }
}

template <class T, int kBlocks>
KERNEL_BOUNDS((RowOnChip<T, kBlocks>::kThreads), 2)
policy_rows_on_chip(PolicyLossLogits a, math::PolicyOptions options, double* terms) {
  if constexpr (kHasClusters) {
    using Row = RowOnChip<T, kBlocks>;
    using Slot = Vec<T, Row::kEach>;
    DYNAMIC_SHARED(Slot, slots);
    SHARED(float, maxima, [Row::kWarps]);
    SHARED(PartialSums, sums, [Row::kWarps]);
    SHARED(math::GradientRow, found, [1]);
    const Row on_chip(slots, a.V);
    const float scale = math::exponent_scale(a.temperature);
    const int64_t step = gridDim.x / kBlocks;
    const bool first = threadIdx.x == 0;
    double* const own_terms = cluster_rank() == 0 ? terms : nullptr;
    const auto logits_of = [&](int64_t row) { return a.logits.as<T>().data + row * a.V; };
    int64_t row = blockIdx.x / kBlocks;
    bool counts = row_counts(a, row);
    if (counts) on_chip.fetch_all(logits_of(row));
    for (; row < a.T; row += step) {
      T* const z = logits_of(row);
      const int64_t target = a.targets[row];
      math::GradientRow gradient{};
      if (counts) {
        // Before the cluster meets, after which blocks write their parts of the row.
        const float target_logit = first ? math::to_float(z[target]) : 0.0f;
        const math::SoftmaxSums softmax = cluster_softmax_sums(on_chip, scale, {maxima, sums});
        if (first) {
          const math::TokenLogProb token = math::token_log_prob(softmax, target_logit, a.temperature);
          found[0] = finish_token(a, options, row, token, true, own_terms);
        }
        sync_threads();
        gradient = found[0];
      } else if (first) {
        finish_token(a, options, row, {}, false, own_terms);
      }
      const bool next_counts = row_counts(a, row + step), zero = is_zero(gradient);
      for (int i = 0; i < on_chip.chunks(); ++i) {
        float chunk[kChunk] = {};
        if (!zero) {
          on_chip.load(i, chunk);
          gradient_of_chunk(chunk, on_chip.begin(i), target, gradient);
        }
        store_chunk(z, on_chip.begin(i), a.V, true, chunk);
        if (next_counts) on_chip.fetch(logits_of(row + step), i);
      }
      counts = next_counts;
    }
    cluster_sync();  // others may still read this block's partials
  }
}

// False where no cluster holds a row.
template <class T, int kBlocks>
bool run_on_chip(const PolicyLossLogits& a, const math::PolicyOptions& options, double* terms, const Stream& stream) {
  using Row = RowOnChip<T, kBlocks>;
  LaunchShape shape{kBlocks, Row::kThreads, static_cast<uint32_t>(Row::shared_bytes(a.V)), kBlocks};
  int32_t resident = 0;
  const KernelCode& code = kernel_code<policy_rows_on_chip<T, kBlocks>>();
  must("count clusters", device_table().resident_clusters(code, shape, &resident));
  if (resident == 0) return false;
  shape.grid = kBlocks * static_cast<uint32_t>(a.T < resident ? a.T : resident);
  launch<policy_rows_on_chip<T, kBlocks>>(stream, shape, a, options, terms);
  return true;
}

template <class T>
bool run_on_chip(const PolicyLossLogits& a, const math::PolicyOptions& options, double* terms, const Stream& stream) {
  switch (cluster_for_rows(stream, a.logits.as<const T>().data, a.V)) {
    case 2: return run_on_chip<T, 2>(a, options, terms, stream);
    case 4: return run_on_chip<T, 4>(a, options, terms, stream);
    case kMostInCluster: return run_on_chip<T, kMostInCluster>(a, options, terms, stream);
    default: return false;
  }
}

}  // namespace

void run(const PolicyLossLogits& a, const Stream& stream) {
  DeviceScratch<double> terms(stream, a.T);
  const math::PolicyOptions options = policy_options(a);
  for_float_type(a.logits.dtype, [&](auto zero) {
    if (run_on_chip<decltype(zero)>(a, options, terms.data(), stream)) return;
    with_team(a.V, [&](auto team) {
      using Team = decltype(team);
      launch<policy_rows<decltype(zero), Team>>(stream, Team::shape(a.T), a, options, terms.data());
    });
  });
  launch<finish_loss>(stream, {1, kFinishBlock}, static_cast<const double*>(terms.data()), a.T, 1.0, a.loss.data,
                      static_cast<int32_t*>(nullptr));
}

}  // namespace anacrusis::cuda
