// A block per sequence: most steps are a loop over the tokens; the order statistics come from a radix
// select with digits of 8 bits, whose counts are integers, so that their order does not matter; of equal
// keys the earlier ones are kept by counting them in the order of the tokens.
#include "rhythm_credit.h"

#include "rhythm_credit_row.h"
#include "runtime/kernel.h"

namespace anacrusis::cuda {
namespace {

constexpr int kThreads = 256, kWarps = kThreads / kWarp, kDigits = 256;

struct Shared {
  int digits[kDigits];
  int partials[kWarps];
  int digit, rank;  // of the select: the digit of this pass, and the rank among those that have it
};

// Which digit the key at place `rank` of the falling order has, by the first warp; -1 when there are fewer.
DEVICE void find_digit(Shared& shared, int rank) {
  constexpr int kOwn = kDigits / kWarp;
  const int lane = threadIdx.x, highest = kDigits - 1 - lane * kOwn;
  int own = 0;
  for (int i = 0; i < kOwn; ++i) own += shared.digits[highest - i];
  int up_to = own;
  for (int delta = 1; delta < kWarp; delta *= 2) {
    const int before = shfl_up(up_to, delta);
    if (lane >= delta) up_to += before;
  }
  if (lane == kWarp - 1 && up_to < rank) shared.digit = -1;
  if (up_to < rank || up_to - own >= rank) return;
  int left = rank - (up_to - own), digit = highest;
  for (; left > shared.digits[digit]; --digit) left -= shared.digits[digit];
  shared.digit = digit;
  shared.rank = left;
}

// Ranking::cut_at by a whole block.
DEVICE uint32_t cut_at(Shared& shared, const Ranking& of, int64_t rank) {
  uint32_t cut = 0;
  int left = static_cast<int>(rank);
  for (int shift = 24; shift >= 0; shift -= 8) {
    for (int i = threadIdx.x; i < kDigits; i += kThreads) shared.digits[i] = 0;
    sync_threads();
    for (int64_t i = threadIdx.x; i < of.n; i += kThreads) {
      const uint64_t key = of.key(i);
      if (of.flags[i] == 0 || key >> (shift + 8) != uint64_t{cut} >> (shift + 8)) continue;
      atomic_add(&shared.digits[key >> shift & (kDigits - 1)], 1);
    }
    sync_threads();
    if (threadIdx.x < kWarp) find_digit(shared, left);
    sync_threads();
    if (shared.digit < 0) return 0;
    cut |= static_cast<uint32_t>(shared.digit) << shift;
    left = shared.rank;
  }
  return cut;
}

// keep_first of top_select.h by a whole block.
DEVICE void keep_first(Shared& shared, const Ranking& of, int64_t count, uint8_t* flags) {
  const uint32_t cut = count > 0 ? cut_at(shared, of, count) : 0xffffffffu;
  int above = 0;
  for (int64_t i = threadIdx.x; i < of.n; i += kThreads) above += of.flags[i] != 0 && of.key(i) > cut;
  int64_t ties = count - block_sum(above, shared.partials);
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
  for (int64_t first = 0; first < of.n; first += kThreads) {
    const int64_t i = first + threadIdx.x;
    const bool flagged = i < of.n && of.flags[i] != 0, tie = flagged && of.key(i) == cut;
    const uint32_t equals = warp_ballot(tie);
    if (lane == 0) shared.partials[warp] = bit_count(equals);
    sync_threads();
    int before = bit_count(equals & ((uint32_t{1} << lane) - 1)), all = 0;
    for (int w = 0; w < kWarps; ++w) {
      if (w < warp) before += shared.partials[w];
      all += shared.partials[w];
    }
    if (flagged && of.key(i) <= cut) flags[i] = tie && before < ties;
    ties -= all;
    sync_threads();
  }
}

struct Counts {
  int tokens, changes, defined;
  bool nan;
};

DEVICE Counts mark_eligible(Shared& shared, const RhythmCreditToken& token, int64_t first, int64_t end) {
  const RhythmCredit& a = token.a;
  int tokens = 0, changes = 0, defined = 0, nans = 0;
  for (int64_t i = first + threadIdx.x; i < end; i += kThreads) {
    int64_t next = i + 1;
    while (a.mask[i] && next < end && a.mask[next] == 0) ++next;
    token.mark_eligible(i, next < end ? next : -1);
    tokens += a.mask[i] != 0;
    changes += a.preplan[i];
    defined += a.anchor[i];
    nans += token.has_nan(i);
  }
  tokens = block_sum(tokens, shared.partials);
  changes = block_sum(changes, shared.partials);
  defined = block_sum(defined, shared.partials);
  return {tokens, changes, defined, block_sum(nans, shared.partials) > 0};
}

// The sets and the credit of a sequence without NaN. `introduces` is 0 for all of its tokens.
DEVICE void credit_sequence(Shared& shared, const RhythmCreditToken& token, int64_t first, int64_t n,
                            const Counts& counts, int* introduces) {
  const RhythmCredit& a = token.a;
  const int64_t wanted = math::top_count(a.q, counts.tokens);
  const int64_t count = wanted < counts.changes ? wanted : counts.changes;
  const Ranking highest{a.delta.data + first, a.preplan.data + first, n, false};
  const Ranking waads{a.waad.data + first, a.mask.data + first, n, false};
  const auto change_at = [&](int64_t rank) { return highest.value(cut_at(shared, highest, rank)); };
  const auto waad_at = [&](int64_t rank) { return waads.value(cut_at(shared, waads, rank)); };
  const double tau_delta = token.delta_threshold(change_at, counts.changes, count);
  const double tau_waad = token.median_waad(counts.tokens) ? median(waad_at, counts.tokens) : a.tau_waad;
  keep_first(shared, token.ranking(a.delta.data, a.preplan.data, first, n, 0), count, a.preplan.data + first);
  if (a.fai) {
    keep_first(shared, token.ranking(a.fai.data, a.anchor.data, first, n, a.T),
               math::top_count(a.q, counts.defined), a.anchor.data + first);
  }
  for (int64_t i = first + threadIdx.x; i < first + n; i += kThreads) {
    const int64_t introducer = a.anchor[i] ? token.introducer(first, i, tau_waad, tau_delta) : -1;
    if (introducer < 0) continue;
    a.dominated[i] = 1;
    atomic_exch(&introduces[introducer], 1);
  }
  sync_threads();
  for (int64_t i = first + threadIdx.x; i < first + n; i += kThreads) {
    a.intro[i] = introduces[i] != 0;
    if (a.mask[i]) a.credit[i] = static_cast<float>(token.credit_of(i));
  }
}

KERNEL_BOUNDS(kThreads, 1) credit_sequences(RhythmCreditToken token, int* introduces) {
  SHARED(Shared, shared, );
  const RhythmCredit& a = token.a;
  for (int64_t s = blockIdx.x; s < a.S; s += gridDim.x) {
    const int64_t first = a.offsets[s], end = a.offsets[s + 1];
    const Counts counts = mark_eligible(shared, token, first, end);
    if (!counts.nan) {
      credit_sequence(shared, token, first, end - first, counts, introduces);
      continue;
    }
    for (int64_t i = first + threadIdx.x; i < end; i += kThreads) {
      a.preplan[i] = a.anchor[i] = 0;
      if (a.mask[i]) a.credit[i] = NAN;
    }
  }
}

}  // namespace

void run(const RhythmCredit& a, const Stream& stream) {
  constexpr int64_t kMostBlocks = int64_t{1} << 20;
  const DeviceScratch<int32_t> offsets(stream, a.offsets.data, a.offsets.size);
  const DeviceScratch<int> introduces(stream, a.T);
  introduces.fill_zero();
  RhythmCreditToken token{a};
  token.a.offsets.data = offsets.data();
  launch<credit_sequences>(stream, {static_cast<uint32_t>(a.S < kMostBlocks ? a.S : kMostBlocks), kThreads}, token,
                           introduces.data());
}

}  // namespace anacrusis::cuda
