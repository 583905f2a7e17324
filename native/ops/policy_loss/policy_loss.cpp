#include "ops/sequence_runs.h"
#include "policy_loss_token.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

using Op = PolicyLoss;

// What the sequences of a run's tokens say, the tokens' losses, and what the metrics are made of (PolicyRecord).
struct RunArrays {
  float scale[kRun], log_ratio[kRun], advantage[kRun], losses[kRun];
  float token_log_ratio[kRun], ratio[kRun], behavior[kRun], kl[kRun], entropy[kRun], surrogate[kRun];
  int32_t flags[kRun];
};

// Sequences of one part of the batch.
struct Part : RunArrays {
  const Op* a;
  const PolicyInputs* in;
  SequenceTerms terms;  // of the open sequence
  double metrics[Op::kMetrics];

  double open(int64_t s);
  void place(int64_t s, int64_t first, int64_t n, int64_t at);
  void compute(int64_t first, int64_t n);
  void add_metrics(int64_t n);
};

// Losses and derivatives of a run of n tokens from `first` on. Records first, sums later: compilers vectorise either
// loop, not both in one (structs inside of an omp simd loop become arrays of lanes).
template <int kObjective, bool kPlain>
void token_losses(RunArrays& run, const PolicyInputs in, float* dlogp, int64_t first, int64_t n) {
  math::PolicyOptions options = in.options;
  options.objective = kObjective;
  if (kPlain) {
    options.kl = math::kNoKl;
    options.kl_coef = options.entropy_coef = 0.0f;
    options.behavior_cap = INFINITY;
  }
#pragma GCC ivdep
  for (int64_t k = 0; k < n; ++k) {
    const int64_t i = first + k;
    const uint8_t counts = in.mask[i];
    const SequenceTerms shared{run.scale[k], run.log_ratio[k], run.advantage[k]};
    const math::PolicyToken token = in.token<kPlain>(i, shared);
    const math::PolicyTerms terms = math::policy_objective(options, token);
    const float log_ratio = kPlain ? token.log_ratio : in.token_log_ratio(i);
    const PolicyRecord record = policy_record(token, terms, log_ratio, shared.scale, counts);
    run.losses[k] = terms.loss;
    dlogp[i] = math::masked(terms.g_logp * shared.scale, counts);
    run.token_log_ratio[k] = record.log_ratio;
    run.ratio[k] = record.ratio;
    run.behavior[k] = record.behavior;
    run.kl[k] = record.kl;
    run.entropy[k] = record.entropy;
    run.surrogate[k] = record.surrogate;
    run.flags[k] = record.flags;
  }
}

void Part::add_metrics(int64_t n) {
  double k1 = 0, k2 = 0, k3 = 0, ratios = 0, squares = 0, weights = 0, weight_squares = 0;
  double entropies = 0, kls = 0, surrogates = 0;
  float largest = 0;
  int32_t low = 0, high = 0, dual = 0, truncated = 0, clamped = 0, not_finite = 0;
#pragma omp simd reduction(+ : k1, k2, k3, ratios, squares, weights, weight_squares, entropies, kls, surrogates) \
    reduction(+ : low, high, dual, truncated, clamped, not_finite) reduction(max : largest)
  for (int64_t k = 0; k < n; ++k) {
    k1 += math::kl_k1(token_log_ratio[k]);
    k2 += math::kl_k2(token_log_ratio[k]);
    k3 += math::kl_k3(token_log_ratio[k]);
    ratios += ratio[k];
    squares += static_cast<double>(ratio[k]) * ratio[k];
    largest = ratio[k] > largest ? ratio[k] : largest;
    weights += behavior[k];
    weight_squares += static_cast<double>(behavior[k]) * behavior[k];
    entropies += entropy[k];
    kls += kl[k];
    surrogates += surrogate[k];
    low += (flags[k] & kLowFlag) != 0;
    high += (flags[k] & kHighFlag) != 0;
    dual += (flags[k] & kDualFlag) != 0;
    truncated += (flags[k] & kTruncatedFlag) != 0;
    clamped += (flags[k] & kClampedFlag) != 0;
    not_finite += (flags[k] & kNotFiniteFlag) != 0;
  }
  const double terms[] = {static_cast<double>(low), static_cast<double>(high), static_cast<double>(dual), k1, k2, k3,
                          ratios, squares, largest, entropies, kls, surrogates, weights, weight_squares,
                          static_cast<double>(truncated), static_cast<double>(clamped),
                          static_cast<double>(not_finite)};
  for (int m = 0; m < Op::kMetrics - Op::kClippedLow; ++m) {
    double& metric = metrics[Op::kClippedLow + m];
    const bool maximum = Op::kClippedLow + m == Op::kLargestRatio;
    metric = !maximum ? metric + terms[m] : terms[m] > metric ? terms[m] : metric;
  }
}

template <bool kPlain>
void token_losses(RunArrays& run, const PolicyInputs& in, float* dlogp, int64_t first, int64_t n) {
  switch (in.options.objective) {
    case math::kReinforce: return token_losses<math::kReinforce, kPlain>(run, in, dlogp, first, n);
    case math::kPpo: return token_losses<math::kPpo, kPlain>(run, in, dlogp, first, n);
    case math::kDualClip: return token_losses<math::kDualClip, kPlain>(run, in, dlogp, first, n);
    case math::kTis: return token_losses<math::kTis, kPlain>(run, in, dlogp, first, n);
    case math::kCispo: return token_losses<math::kCispo, kPlain>(run, in, dlogp, first, n);
    default: return token_losses<math::kTopr, kPlain>(run, in, dlogp, first, n);
  }
}

void Part::compute(int64_t first, int64_t n) {
  float* const dlogp = a->dlogp.data;
  in->plain() ? token_losses<true>(*this, *in, dlogp, first, n) : token_losses<false>(*this, *in, dlogp, first, n);
  add_metrics(n);
}

double Part::open(int64_t s) {
  const int64_t begin = a->offsets[s], n = a->offsets[s + 1] - begin;
  const int64_t tokens = count_ones(in->mask + begin, n);
  terms = {};
  if (tokens == 0) return 0.0;
  metrics[Op::kTokens] += static_cast<double>(tokens);
  metrics[Op::kSequences] += 1.0;
  const double weight = math::token_weight(a->aggregation.index, tokens);
  terms.scale = static_cast<float>(weight / a->denominator);
  if (in->level == math::kTokenRatio) return weight;
  const double log_ratios = ordered_sum(n, [&](int64_t i) { return static_cast<double>(in->token_log_ratio(begin + i)); });
  const double advantages = ordered_sum(n, [&](int64_t i) { return static_cast<double>(in->token_advantage(begin + i)); });
  terms.log_ratio = static_cast<float>(in->level == math::kProductRatio ? log_ratios : log_ratios / tokens);
  terms.advantage = static_cast<float>(advantages / tokens);
  return weight;
}

void Part::place(int64_t, int64_t first, int64_t n, int64_t at) {
  for (int64_t k = at; k < at + n; ++k) scale[k] = terms.scale;
  if (in->level != math::kTokenRatio) {
    for (int64_t k = at; k < at + n; ++k) log_ratio[k] = terms.log_ratio;
    for (int64_t k = at; k < at + n; ++k) advantage[k] = terms.advantage;
  }
  const math::PolicyOptions& o = in->options;
  const float dentropy = -o.entropy_coef * terms.scale;
  const float dkl = o.kl == math::kFullKl ? o.kl_coef * terms.scale : 0.0f;
  for (int64_t i = first; a->dentropy && i < first + n; ++i) a->dentropy[i] = math::masked(dentropy, in->mask[i]);
  for (int64_t i = first; a->dkl && i < first + n; ++i) a->dkl[i] = math::masked(dkl, in->mask[i]);
}

}  // namespace

void run(const PolicyLoss& a) { run_parts<Part, Op::kLargestRatio>(a, PolicyInputs(a)); }

}  // namespace anacrusis::ANACRUSIS_ISA
