// How attention_metrics is cut: a chunk of queries of one head of one sequence is the unit of work. Key
// heads are taken in waves, so that the packed keys and column sums of a few of them exist at a time.
#pragma once

#include <atomic>

#include "attention_metrics.h"
#include "attention_scores.h"
#include "runtime/sizes.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kSlots = 16;  // most chunks of a sequence
constexpr int64_t kChunkRows = 256, kBlockRows = 32;
constexpr int64_t kWaveFloats = 4 << 20;  // 16 MB, or what one key head of one sequence takes

constexpr int64_t ceil_to(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

struct Range {
  int64_t begin, end;

  int64_t size() const { return end - begin; }
};

// Where one head of one sequence lies, and what is wanted of it.
struct Head {
  int64_t q;            // element of its first row
  int64_t q_step;       // from row to row
  const float* panels;  // its keys, packed
  int64_t out;          // its first token in [H,T] or [S,H,L]
  int64_t column;       // its first token among the column sums of the wave
  bool waad, fai;
};

struct Work {
  const AttentionMetrics& a;
  int64_t words;              // of a packed row
  int64_t slots = 1;          // most chunks that a sequence of this call has
  Range wave{0, 0};           // pairs s * Hkv + kv
  float* panels = nullptr;    // packed keys of the wave
  float* columns = nullptr;   // column sums of its heads, chunks after the first: [slots-1, wave_rows()]
  float* spans = nullptr;     // sums of row spans: [S*H, slots]
  std::atomic<bool> out_of_memory{false};

  int64_t pairs() const { return a.S * a.Hkv; }
  int64_t group() const { return a.H / a.Hkv; }
  bool whole_rows() const { return !a.lse_in || a.span || a.lse; }
  bool needs(const Head& head) const { return head.waad || head.fai || a.span || a.lse; }
  int64_t length(int64_t s) const { return a.offsets[s + 1] - a.offsets[s]; }
  int64_t queries(int64_t s) const { return a.query_end[s] - a.query_begin[s]; }

  int64_t chunk_rows(int64_t s) const {
    return ceil_to(larger(kChunkRows, (queries(s) + kSlots - 1) / kSlots), kBlockRows);
  }
  int64_t chunks(int64_t s) const { return ceil_to(queries(s), chunk_rows(s)) / chunk_rows(s); }
  Range chunk(int64_t s, int64_t index) const {
    const int64_t begin = a.query_begin[s] + index * chunk_rows(s);
    return {begin, smaller(a.query_end[s], begin + chunk_rows(s))};
  }
  // Keys that have one of these queries in their horizon.
  Range keys_of(Range rows) const {
    const int64_t begin = larger(0, rows.begin - a.h_hi);
    return {begin, larger(begin, rows.end - a.h_lo)};
  }
  // How far back a query reads.
  int64_t reach(bool waad, bool fai, int64_t s) const {
    if (whole_rows()) return length(s);
    return larger(waad ? a.window - 1 : 0, fai ? int64_t{a.h_hi} : 0);
  }
  // Column sums of a chunk, at key 0 of the head.
  float* slot(const Head& head, int64_t index) const {
    return index == 0 ? a.fai.data + head.out : columns + (index - 1) * wave_rows() + head.column;
  }

  // Tokens of the heads, and tiles of the keys, before pair i; every sequence begins with a tile of its own.
  int64_t rows_before(int64_t i) const {
    const int64_t s = i / a.Hkv;
    return i == pairs() ? a.T * a.H : a.offsets[s] * a.H + i % a.Hkv * group() * length(s);
  }
  int64_t tiles_before(int64_t i) const {
    const auto sequences = [&](int64_t s) { return a.offsets[s] / kTileWidth + s; };
    const int64_t s = i / a.Hkv, kv = i % a.Hkv;
    if (kv == 0) return sequences(s) * a.Hkv;
    return sequences(s) * a.Hkv + kv * (sequences(s + 1) - sequences(s));
  }
  int64_t wave_rows() const { return rows_before(wave.end) - rows_before(wave.begin); }
  int64_t panel_floats() const {
    return (tiles_before(wave.end) - tiles_before(wave.begin)) * kTileWidth * words;
  }
  int64_t wave_floats() const { return panel_floats() + (a.fai ? (slots - 1) * wave_rows() : 0); }
  // The next pairs, at least one; false when there are none.
  bool next_wave() {
    wave = {wave.end, wave.end + 1};
    if (wave.end > pairs()) return false;
    for (; wave.end < pairs(); ++wave.end) {
      ++wave.end;
      const bool too_large = wave_floats() > kWaveFloats;
      --wave.end;
      if (too_large) break;
    }
    return true;
  }

  float* panels_of(int64_t pair) const {
    return panels + (tiles_before(pair) - tiles_before(wave.begin)) * kTileWidth * words;
  }
  Head head(int64_t s, int64_t h) const {
    const int64_t pair = s * a.Hkv + h / group(), rows = (s * a.H + h) * length(s), first = a.offsets[s];
    Head head{rows * a.D, a.D, panels_of(pair), rows, 0, false, false};
    if (a.layout.index == 0) head = {(first * a.H + h) * a.D, a.H * a.D, head.panels, h * a.T + first, 0, 0, 0};
    head.column = rows_before(pair) - rows_before(wave.begin) + h % group() * length(s);
    head.waad = a.waad && (!a.local_heads || a.local_heads[h] != 0);
    head.fai = a.fai && (!a.global_heads || a.global_heads[h] != 0);
    return head;
  }
  // First key of a pair and the step to the next, in elements.
  Range keys(int64_t pair) const {
    const int64_t s = pair / a.Hkv, kv = pair % a.Hkv;
    if (a.layout.index == 1) return {pair * length(s) * a.D, a.D};
    return {(a.offsets[s] * a.Hkv + kv) * a.D, a.Hkv * a.D};
  }
};

}  // namespace
}  // namespace anacrusis::ANACRUSIS_ISA
