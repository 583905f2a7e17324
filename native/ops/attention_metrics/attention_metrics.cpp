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
  if (a.fai) {
    float* const fai = a.fai.data + head.out;
    const int64_t length = work.length(s), chunks = head.fai ? work.chunks(s) : 0;
    const Range written = chunks > 0 ? work.keys_of(work.chunk(s, 0)) : Range{0, 0};
    clear(fai, smaller(written.begin, length));
    clear(fai + written.end, length - written.end);
    for (int64_t c = 1; c < chunks; ++c) {
      const Range keys = work.keys_of(work.chunk(s, c));
      add_weights(fai + keys.begin, work.slot(head, c) + keys.begin, keys.size(), 1);
    }
    for (int64_t i = 0; i < length; ++i) {
      const int64_t n = math::horizon_size(i, a.h_lo, a.h_hi, a.query_begin[s], a.query_end[s]);
      fai[i] = n > 0 ? fai[i] / static_cast<float>(n) : 0.0f;
    }
  }
  if (!a.span) return;
  double span = 0;
  for (int64_t c = 0; c < work.chunks(s); ++c) span += work.spans[(s * a.H + h) * work.slots + c];
  a.span[s * a.H + h] = static_cast<float>(work.queries(s) > 0 ? span / work.queries(s) : 0);
}

// What needs no scores.
void prepare(Work& work) {
  const AttentionMetrics& a = work.a;
  for (int64_t s = 0; s < a.S; ++s) {
    work.slots = larger(work.slots, work.chunks(s));
    if (a.span_rows) a.span_rows[s] = static_cast<int32_t>(work.queries(s));
    if (!a.horizon) continue;
    for (int64_t i = 0; i < work.length(s); ++i) {
      a.horizon[a.offsets[s] + i] = static_cast<int32_t>(
          math::horizon_size(i, a.h_lo, a.h_hi, a.query_begin[s], a.query_end[s]));
    }
  }
  clear(a.waad.data, a.waad.size);
  clear(a.lse.data, a.lse.size);
}

template <class Words>
void run_wave(Work& work) {
  const AttentionMetrics& a = work.a;
  const int64_t pairs = work.wave.size(), first = work.wave.begin, heads = pairs * work.group();
  int64_t scores = 0;
  for (int64_t i = first; i < work.wave.end; ++i) {
    const int64_t s = i / a.Hkv;
    scores += work.group() * work.queries(s) * smaller(work.length(s), work.reach(true, true, s));
  }
  const int64_t tokens = 1 + work.wave_rows() / larger(1, heads), units = heads * work.slots;
  parallel_for(pairs, 1 + 16384 / (tokens * a.D), [&](int64_t begin, int64_t end) {
    for (int64_t i = first + begin; i < first + end; ++i) {
      const Range keys = work.keys(i);
      pack_keys<Words>(static_cast<const typename Words::Element*>(a.k.data) + keys.begin, keys.end,
                       work.length(i / a.Hkv), a.D, work.panels_of(i));
    }
  });
  const auto of_head = [&](int64_t i, const auto& f) {
    const int64_t pair = first + i / work.group();
    f(pair / a.Hkv, pair % a.Hkv * work.group() + i % work.group());
  };
  constexpr int64_t kPieceWork = 1 << 20;  // multiply-adds
  parallel_for(units, 1 + units * kPieceWork / (scores * a.D + 1), [&](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      of_head(unit % heads, [&](int64_t s, int64_t h) {  // longest chunks first
        run_chunk<Words>(work, s, h, work.slots - 1 - unit / heads);
      });
    }
  });
  if (work.out_of_memory) throw_out_of_memory();
  parallel_for(heads, 1 + 16384 / tokens, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) of_head(i, [&](int64_t s, int64_t h) { combine(work, s, h); });
  });
}

template <class Words>
void run_words(const AttentionMetrics& a) {
  Work work{a, Words::words(a.D)};
  prepare(work);
  int64_t most = 0;
  while (work.next_wave()) most = larger(most, work.wave_floats());
  work.wave = {0, 0};
  const auto body = [](float* memory, void* context) {
    Work& w = *static_cast<Work*>(context);
    w.spans = memory;
    w.panels = memory + w.a.S * w.a.H * w.slots;
    while (w.next_wave()) {
      w.columns = w.panels + w.panel_floats();
      run_wave<Words>(w);
    }
  };
  with_scratch(a.S * a.H * work.slots + most, body, &work);
}

}  // namespace

void run(const AttentionMetrics& a) {
#if defined(__AVX512F__)
  if (a.q.dtype == DType::bf16 && __builtin_cpu_supports("avx512bf16")) return run_words<Bf16Pairs>(a);
#endif
  for_float_type(a.q.dtype, [&](auto zero) { run_words<Converted<decltype(zero)>>(a); });
}

}  // namespace anacrusis::ANACRUSIS_ISA
