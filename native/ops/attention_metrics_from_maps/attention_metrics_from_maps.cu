// Memory-bound: every weight of the lower triangle is read once, 16 bytes a lane. A warp has a strip of columns and a
// chunk of rows: column sums stay in its registers, the sums of a row over the strip go to a buffer
// (12 bytes for 512 read), and two small kernels add up strips and chunks in order: the same bits on any device.
#include "attention_metrics_from_maps.h"

#include "math/attention_metrics.h"
#include "runtime/device_loops.cuh"

namespace anacrusis::cuda {
namespace {

using Op = AttentionMetricsFromMaps;

constexpr int kWarps = 4, kThreads = kWarps * kWarp;
constexpr int64_t kChunk = 256;  // rows

struct RowSums {
  float mass, cut, distance;
};

struct MapPass {
  Op a;            // its host arrays replaced by copies on the device
  int64_t strip;   // columns of a strip
  int64_t strips, chunks;
  RowSums* rows;   // [B*H, strips, T]
  float* columns;  // [B*H, chunks, T]

  FORMULA_METHOD bool waad(int64_t h) const { return a.waad && (!a.local_heads || a.local_heads[h] != 0); }
  FORMULA_METHOD bool fai(int64_t h) const { return a.fai && (!a.global_heads || a.global_heads[h] != 0); }
  // Furthest distance of a key that a query reads.
  FORMULA_METHOD int64_t reach(int64_t h) const {
    if (a.span || (waad(h) && !a.normalized)) return a.T;
    const int64_t near = waad(h) ? a.window - 1 : -1, far = fai(h) ? int64_t{a.h_hi} : -1;
    return larger(near, far);
  }
  // Rows of chunk c that read strip i of head h of sequence b.
  FORMULA_METHOD int64_t first_row(int64_t b, int64_t i, int64_t c) const {
    return larger(a.query_begin[b], larger(c * kChunk, i * strip));
  }
  FORMULA_METHOD int64_t end_row(int64_t b, int64_t h, int64_t i, int64_t c) const {
    const int64_t end = smaller(a.query_end[b], (c + 1) * kChunk);
    return reach(h) < 0 ? 0 : smaller(end, (i + 1) * strip + reach(h));
  }
};

// A strip's elements of one row; element j of a lane is in column column_of<kVector>(j).
template <class T, bool kVector>
struct Strip {
  static constexpr int kEach = 16 / sizeof(T);
  float w[kEach];

  DEVICE_METHOD static int column_of(int j) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    return kVector ? lane * kEach + j : lane + j * kWarp;
  }
  // `row` begins at the strip, which has `seen` columns up to the diagonal; 0 for the others.
  DEVICE_METHOD void read(const T* row, int64_t seen) {
    if constexpr (kVector) {
      Vec<T, kEach> all{};
      if (column_of(0) < seen) all = *reinterpret_cast<const Vec<T, kEach>*>(row + column_of(0));
      UNROLL
      for (int j = 0; j < kEach; ++j) w[j] = column_of(j) < seen ? math::to_float(all.v[j]) : 0.0f;
    } else {
      UNROLL
      for (int j = 0; j < kEach; ++j) w[j] = column_of(j) < seen ? math::to_float(row[column_of(j)]) : 0.0f;
    }
  }
};

DEVICE int32_t as_distance(int64_t d) { return static_cast<int32_t>(smaller(d, 0x7fffffff)); }

template <class T, bool kVector>
KERNEL_BOUNDS(kThreads, 4) read_maps(MapPass p) {
  using Line = Strip<T, kVector>;
  const Op& a = p.a;
  const int64_t heads = a.B * a.H, unit = static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp;
  if (unit >= heads * p.strips * p.chunks) return;
  const int64_t head = unit % heads, i = unit / heads % p.strips, c = unit / heads / p.strips;
  const int64_t b = head / a.H, h = head % a.H, begin = p.first_row(b, i, c), end = p.end_row(b, h, i, c);
  const int64_t first = i * p.strip;
  const int32_t window = as_distance(a.window), h_lo = as_distance(a.h_lo), h_hi = as_distance(a.h_hi);
  const int32_t sinks = a.exclude_sink > first ? as_distance(a.exclude_sink - first) : 0;
  const auto* const maps = static_cast<const T*>(a.maps.data) + head * a.T * a.T + first;
  float columns[Line::kEach] = {};
  for (int64_t t = begin; t < end; ++t) {
    const int64_t gap = t - first;  // distance of the strip's first column
    Line line;
    line.read(maps + t * a.T, gap + 1);
    RowSums row{0, 0, 0};
    UNROLL
    for (int j = 0; j < Line::kEach; ++j) {
      const int32_t column = Line::column_of(j), d = as_distance(gap) - column;
      if (d < 0) continue;
      row.mass += line.w[j];
      row.cut += line.w[j] * static_cast<float>(d < window ? d : window);
      row.distance += column < sinks ? 0.0f : line.w[j] * static_cast<float>(d);
      if (d >= h_lo && d <= h_hi) columns[j] += line.w[j];
    }
    row = {warp_sum(row.mass), warp_sum(row.cut), warp_sum(row.distance)};
    if (threadIdx.x % kWarp == 0) p.rows[(head * p.strips + i) * a.T + t] = row;
  }
  if (!p.columns) return;
  UNROLL
  for (int j = 0; j < Line::kEach; ++j) {
    const int64_t s = first + Line::column_of(j);
    if (s < a.T) p.columns[(head * p.chunks + c) * a.T + s] = columns[j];
  }
}

// A block per head: WAAD of its rows, and their mean distance.
KERNEL finish_rows(MapPass p) {
  SHARED(double, partials, [kThreads / kWarp]);
  const Op& a = p.a;
  const int64_t head = blockIdx.x, b = head / a.H, h = head % a.H;
  const int64_t begin = a.query_begin[b], end = a.query_end[b];
  double span = 0;
  for (int64_t t = begin + threadIdx.x; t < end; t += kThreads) {
    double mass = 0, cut = 0;
    for (int64_t i = 0; i <= t / p.strip; ++i) {
      if (t >= p.end_row(b, h, i, t / kChunk)) continue;  // too far away
      const RowSums& row = p.rows[(head * p.strips + i) * a.T + t];
      mass += row.mass;
      cut += row.cut;
      span += row.distance;
    }
    if (!p.waad(h)) continue;
    const bool part = a.normalized && a.window <= t;
    const double waad = part ? math::waad_of_part(mass, cut, static_cast<double>(a.window)) : cut;
    a.waad[head * a.T + t] = static_cast<float>(waad);
  }
  if (!a.span) return;
  span = block_sum(span, partials);
  if (threadIdx.x == 0) a.span[head] = end > begin ? static_cast<float>(span / static_cast<double>(end - begin)) : 0.0f;
}

// Element i of [B,H,T].
struct FinishColumns {
  MapPass p;

  FORMULA_METHOD void operator()(int64_t i) const {
    const Op& a = p.a;
    const int64_t head = i / a.T, s = i % a.T, b = head / a.H;
    const int64_t n = math::horizon_size(s, a.h_lo, a.h_hi, a.query_begin[b], a.query_end[b]);
    double sum = 0;
    if (p.fai(head % a.H) && n > 0) {
      for (int64_t c = 0; c < p.chunks; ++c) sum += p.columns[(head * p.chunks + c) * a.T + s];
    }
    a.fai[i] = n > 0 ? static_cast<float>(sum / static_cast<double>(n)) : 0.0f;
  }
};

struct Counts {
  Op a;

  FORMULA_METHOD void operator()(int64_t i) const {
    const int64_t b = i / a.T;
    a.horizon[i] =
        static_cast<int32_t>(math::horizon_size(i % a.T, a.h_lo, a.h_hi, a.query_begin[b], a.query_end[b]));
  }
};

struct SpanRows {
  Op a;

  FORMULA_METHOD void operator()(int64_t b) const { a.span_rows[b] = a.query_end[b] - a.query_begin[b]; }
};

template <class T>
void run_maps(MapPass p, const Stream& stream) {
  const Op& a = p.a;
  p.strip = kWarp * 16 / static_cast<int64_t>(sizeof(T));
  p.strips = (a.T + p.strip - 1) / p.strip;
  p.chunks = (a.T + kChunk - 1) / kChunk;
  const int64_t heads = a.B * a.H, units = heads * p.strips * p.chunks;
  const DeviceScratch<RowSums> rows(stream, heads * p.strips * a.T);
  const DeviceScratch<float> columns(stream, a.fai ? heads * p.chunks * a.T : 0);
  p.rows = rows.data();
  p.columns = columns.data();
  const LaunchShape shape{static_cast<uint32_t>((units + kWarps - 1) / kWarps), kThreads};
  const bool vectors = reinterpret_cast<uintptr_t>(a.maps.data) % 16 == 0 && a.T * sizeof(T) % 16 == 0;
  if (vectors) launch<read_maps<T, true>>(stream, shape, p);
  else launch<read_maps<T, false>>(stream, shape, p);
  if (a.waad || a.span) launch<finish_rows>(stream, {static_cast<uint32_t>(heads), kThreads}, p);
  if (a.fai) map(stream, heads * a.T, FinishColumns{p});
}

}  // namespace

void run(const Op& host, const Stream& stream) {
  if (host.waad.size > 0) {
    must("fill", device_table().fill(host.waad.data, 0, host.waad.size * sizeof(float), stream.handle));
  }
  const DeviceScratch<int32_t> query_begin(stream, host.query_begin.data, host.query_begin.size);
  const DeviceScratch<int32_t> query_end(stream, host.query_end.data, host.query_end.size);
  const DeviceScratch<uint8_t> local(stream, host.local_heads.data, host.local_heads.size);
  const DeviceScratch<uint8_t> global(stream, host.global_heads.data, host.global_heads.size);
  MapPass p{host, 0, 0, 0, nullptr, nullptr};
  p.a.query_begin.data = query_begin.data();
  p.a.query_end.data = query_end.data();
  p.a.local_heads.data = local.data();
  p.a.global_heads.data = global.data();
  if (host.horizon) map(stream, host.B * host.T, Counts{p.a});
  if (host.span_rows) map(stream, host.B, SpanRows{p.a});
  for_float_type(host.maps.dtype, [&](auto element) { run_maps<decltype(element)>(p, stream); });
}

}  // namespace anacrusis::cuda
