#include "attention_metrics.h"

#include "attention_chunk.h"
#include "runtime/parallel.h"
#include "runtime/scratch.h"

// The scores of a few queries at a time are one matrix product, of which each row is then read once,
// while it is in the cache. Column sums of a chunk go to a slot of their own and are added in order.
namespace anacrusis::ANACRUSIS_ISA {
namespace {

// Adds up the chunks of a head: FAI is a mean over the horizon, the span one over the queries.
void combine(const Work& work, int64_t s, int64_t h) {
  const AttentionMetrics& a = work.a;
  const Head head = work.head(s, h);
  float* const fai = a.fai.data + head.out;
  const int64_t length = work.length(s), chunks = head.fai ? work.chunks(s) : 0;
  const Range written = chunks > 0 ? work.keys_of(work.chunk(s, 0)) : Range{0, 0};
  clear(fai, written.begin);
  clear(fai + written.end, length - written.end);
  for (int64_t c = 1; c < chunks; ++c) {
    const Range keys = work.keys_of(work.chunk(s, c));
    add_weights(fai + keys.begin, work.slot(head, c) + keys.begin, keys.size(), 1);
  }
  const int32_t* const horizon = a.horizon.data + a.offsets[s];
  for (int64_t i = 0; i < length; ++i) fai[i] = horizon[i] > 0 ? fai[i] / horizon[i] : 0.0f;
  if (!a.span) return;
  double span = 0;
  for (int64_t c = 0; c < work.chunks(s); ++c) span += work.spans[(s * a.H + h) * work.slots + c];
  a.span[s * a.H + h] = static_cast<float>(work.queries(s) > 0 ? span / work.queries(s) : 0);
}

// What needs no scores, and the number of those that will be computed.
int64_t prepare(Work& work) {
  const AttentionMetrics& a = work.a;
  int64_t scores = 0;
  for (int64_t s = 0; s < a.S; ++s) {
    work.slots = larger(work.slots, work.chunks(s));
    scores += work.queries(s) * smaller(work.length(s), work.reach(true, true, s));
    if (a.span_rows) a.span_rows[s] = static_cast<int32_t>(work.queries(s));
    for (int64_t i = 0; i < work.length(s); ++i) {
      a.horizon[a.offsets[s] + i] = static_cast<int32_t>(
          math::horizon_size(i, a.h_lo, a.h_hi, a.query_begin[s], a.query_end[s]));
    }
  }
  clear(a.waad.data, a.waad.size);
  if (a.lse) clear(a.lse.data, a.lse.size);
  return scores;
}

void run_work(Work& work, int64_t scores) {
  const AttentionMetrics& a = work.a;
  const int64_t tokens = 1 + a.T / larger(1, a.S), heads = a.S * a.H, units = heads * work.slots;
  parallel_for(a.S * a.Hkv, 1 + 16384 / (tokens * a.D), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) work.pack_keys(i / a.Hkv, i % a.Hkv);
  });
  constexpr int64_t kPieceWork = 1 << 20;  // multiply-adds
  parallel_for(units, 1 + units * kPieceWork / (scores * a.H * a.D + 1), [&](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t head = unit / work.slots;  // of all sequences; its longest chunk first
      run_chunk(work, head / a.H, head % a.H, work.slots - 1 - unit % work.slots);
    }
  });
  if (work.out_of_memory) throw_out_of_memory();
  parallel_for(heads, 1 + 16384 / tokens, [&](int64_t begin, int64_t end) {
    for (int64_t head = begin; head < end; ++head) combine(work, head / a.H, head % a.H);
  });
}

}  // namespace

void run(const AttentionMetrics& a) {
  Work work{a};
  const int64_t scores = prepare(work);
  struct Call {
    Work& work;
    int64_t scores, panels, columns;
  } call{work, scores, a.Hkv * work.panel_count() * a.D * kPanel, (work.slots - 1) * a.H * a.T};
  const auto body = [](float* memory, void* context) {
    const Call& c = *static_cast<Call*>(context);
    c.work.panels = memory;
    c.work.columns = memory + c.panels;
    c.work.spans = c.work.columns + c.columns;
    run_work(c.work, c.scores);
  };
  with_scratch(call.panels + call.columns + a.S * a.H * work.slots, body, &call);
}

}  // namespace anacrusis::ANACRUSIS_ISA
