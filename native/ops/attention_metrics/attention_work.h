// How attention_metrics is cut: a chunk of queries of one head of one sequence is the unit of work.
#pragma once

#include <atomic>

#include "attention_metrics.h"
#include "runtime/tile.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

constexpr int64_t kSlots = 16;  // most chunks of a sequence
constexpr int64_t kChunkRows = 256, kBlockRows = 32;

constexpr int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
constexpr int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
constexpr int64_t ceil_to(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

struct Range {
  int64_t begin, end;

  int64_t size() const { return end - begin; }
};

// Where one head of one sequence lies, and what is wanted of it.
struct Head {
  const float* q;      // its first row
  int64_t q_step;      // from row to row
  const float* panels;  // its keys, packed
  int64_t out;         // its first token in [H,T] or [S,H,L]
  bool waad, fai;
};

struct Work {
  const AttentionMetrics& a;
  int64_t slots = 1;         // most chunks that a sequence of this call has
  float* panels = nullptr;   // keys, sixteen to a panel [D][16]: [Hkv, panel_count()]
  float* columns = nullptr;  // column sums of the chunks after the first: [slots-1, H*T]
  float* spans = nullptr;    // sums of row spans: [S*H, slots]
  std::atomic<bool> out_of_memory{false};

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
    return (index == 0 ? a.fai.data : columns + (index - 1) * a.H * a.T) + head.out;
  }

  // Sequences begin with a panel of their own.
  int64_t panel_count() const { return a.T / kPanel + a.S; }
  float* panels_of(int64_t s, int64_t kv) const {
    return panels + (kv * panel_count() + a.offsets[s] / kPanel + s) * a.D * kPanel;
  }
  void pack_keys(int64_t s, int64_t kv) const {
    const int64_t L = length(s), step = a.layout.index == 1 ? a.D : a.Hkv * a.D;
    const int64_t first = a.layout.index == 1 ? (s * a.Hkv + kv) * L * a.D
                                              : (a.offsets[s] * a.Hkv + kv) * a.D;
    for (int64_t key = 0; key < L; key += kPanel) {
      pack_panel(a.D, smaller(kPanel, L - key), a.k.data + first + key * step, 1, step,
                 panels_of(s, kv) + key * a.D);
    }
  }
  Head head(int64_t s, int64_t h) const {
    const float* const keys = panels_of(s, h / (a.H / a.Hkv));
    const bool waad = !a.local_heads || a.local_heads[h] != 0;
    const bool fai = !a.global_heads || a.global_heads[h] != 0;
    const int64_t first = a.offsets[s], rows = (s * a.H + h) * length(s);
    if (a.layout.index == 1) return {a.q.data + rows * a.D, a.D, keys, rows, waad, fai};
    return {a.q.data + (first * a.H + h) * a.D, a.H * a.D, keys, h * a.T + first, waad, fai};
  }
};

}  // namespace
}  // namespace anacrusis::ANACRUSIS_ISA
