#include "attention_metrics_from_maps.h"

#include <cstring>

#include "map_row.h"
#include "math/attention_metrics.h"
#include "runtime/parallel.h"
#include "runtime/scratch.h"

// Memory-bound: every row is read once, in pieces that stay in the cache for the sums over the row and for
// the column sums. Chunks of rows have column sums of their own, which are added in order.
namespace anacrusis::ANACRUSIS_ISA {
namespace {

using Op = AttentionMetricsFromMaps;

constexpr int64_t kSlots = 16, kChunkRows = 256;

struct Work {
  const Op& a;
  float* columns;  // column sums of the chunks: [slots][B*H, T]
  double* spans;   // [B*H, slots]

  int64_t rows() const { return larger(kChunkRows, (a.T + kSlots - 1) / kSlots); }
  int64_t slots() const { return larger(1, (a.T + rows() - 1) / rows()); }
  float* slot(int64_t head, int64_t index) const { return columns + (index * a.B * a.H + head) * a.T; }
};

template <class T>
void run_chunk(const Work& work, int64_t head, int64_t index) {
  const Op& a = work.a;
  const int64_t b = head / a.H, h = head % a.H;
  const bool waad = a.waad && (!a.local_heads || a.local_heads[h] != 0);
  const bool fai = a.fai && (!a.global_heads || a.global_heads[h] != 0);
  float* const columns = work.slot(head, index);
  if (a.fai) std::memset(columns, 0, static_cast<size_t>(a.T) * sizeof(float));
  const int64_t last = smaller(a.query_end[b], (index + 1) * work.rows());
  const bool whole = a.span || (waad && !a.normalized);
  double span = 0;
  for (int64_t t = larger(a.query_begin[b], index * work.rows()); t < last; ++t) {
    if (!whole && !waad && !fai) break;
    const int64_t reach = larger(waad ? a.window - 1 : 0, fai ? int64_t{a.h_hi} : 0);
    const int64_t begin = fai ? larger(0, t - a.h_hi) : 0, end = fai ? larger(begin, t + 1 - a.h_lo) : 0;
    const T* const row = static_cast<const T*>(a.maps.data) + (head * a.T + t) * a.T;
    const Sums sums = read_row(a, row, whole ? 0 : larger(0, t - reach), t, columns, begin, end);
    const bool part = a.normalized && a.window <= t;
    if (waad) {
      a.waad[head * a.T + t] = static_cast<float>(
          part ? math::waad_of_part(sums.mass, sums.cut_distance, static_cast<double>(a.window))
               : sums.cut_distance);
    }
    span += sums.distance;
  }
  work.spans[head * work.slots() + index] = span;
}

void combine(const Work& work, int64_t head) {
  const Op& a = work.a;
  const int64_t b = head / a.H, begin = a.query_begin[b], end = a.query_end[b];
  if (a.fai) {
    float* const fai = a.fai.data + head * a.T;
    for (int64_t i = 0; i < a.T; ++i) fai[i] = work.slot(head, 0)[i];
    for (int64_t c = 1; c < work.slots(); ++c) {
      const float* const more = work.slot(head, c);
      for (int64_t i = 0; i < a.T; ++i) fai[i] += more[i];
    }
    for (int64_t i = 0; i < a.T; ++i) {
      const int64_t n = math::horizon_size(i, a.h_lo, a.h_hi, begin, end);
      fai[i] = n > 0 ? fai[i] / static_cast<float>(n) : 0.0f;
    }
  }
  if (!a.span) return;
  double span = 0;
  for (int64_t c = 0; c < work.slots(); ++c) span += work.spans[head * work.slots() + c];
  a.span[head] = static_cast<float>(end > begin ? span / static_cast<double>(end - begin) : 0);
}

void count(const Op& a) {
  for (int64_t b = 0; b < a.B; ++b) {
    if (a.span_rows) a.span_rows[b] = a.query_end[b] - a.query_begin[b];
    for (int64_t i = 0; a.horizon && i < a.T; ++i) {
      a.horizon[b * a.T + i] = static_cast<int32_t>(
          math::horizon_size(i, a.h_lo, a.h_hi, a.query_begin[b], a.query_end[b]));
    }
  }
  for (int64_t i = 0; i < a.waad.size; ++i) a.waad[i] = 0.0f;
}

void run_work(const Work& work) {
  const Op& a = work.a;
  const int64_t heads = a.B * a.H, slots = work.slots();
  const auto grain = 1 + (int64_t{1} << 17) / (1 + a.T * work.rows());  // weights read
  parallel_for(heads * slots, grain, [&](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {  // the longest rows first
      for_float_type(a.maps.dtype, [&](auto zero) {
        run_chunk<decltype(zero)>(work, unit % heads, slots - 1 - unit / heads);
      });
    }
  });
  parallel_for(heads, 1 + 16384 / (1 + a.T), [&](int64_t begin, int64_t end) {
    for (int64_t head = begin; head < end; ++head) combine(work, head);
  });
}

}  // namespace

void run(const AttentionMetricsFromMaps& a) {
  count(a);
  Work work{a, nullptr, nullptr};
  const int64_t heads = a.B * a.H, spans = heads * work.slots();
  const auto body = [](float* memory, void* context) {
    Work& w = *static_cast<Work*>(context);
    w.spans = reinterpret_cast<double*>(memory);
    w.columns = memory + 2 * w.a.B * w.a.H * w.slots();
    run_work(w);
  };
  with_scratch(2 * spans + (a.fai ? spans * a.T : 0), body, &work);
}

}  // namespace anacrusis::ANACRUSIS_ISA
