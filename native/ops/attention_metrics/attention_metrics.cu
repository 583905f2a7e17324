// LSE, WAAD, FAI and span from Q and K in at most two passes over the scores, which never leave registers.
//
// Row pass (row_pass.cuh), queries kept: what needs a whole row. Column pass (column_pass.cuh), keys kept: FAI,
// which needs the final log-sum-exp of every query. The second product costs less than storing the scores of
// the first: a score is 2 D operations, but 4 bytes to memory and back. With a given log-sum-exp and
// neither span nor lse wanted, the row pass shrinks to the band of the window (and is left out without WAAD).
//
// Why these tiles: no accumulator of an output and no values, so the kept rows may fill the registers: 128 of
// them for 16-bit elements, 32 a warp, which halves the reads of the other operand from shared memory.
// Tiles outside of the window, the horizon and the queries are not visited. A tile's place depends on its
// sequence alone, sums are added in one order: results are the same bits in any batch and on any device.
#include "attention_metrics_sm90.h"
#include "column_pass.cuh"
#include "row_pass.cuh"
#include "runtime/device_loops.cuh"

#include <vector>

namespace anacrusis::cuda {
namespace {

struct Horizon {
  AttentionMetrics a;

  FORMULA_METHOD void operator()(int64_t token) const {
    int64_t s = 0, behind = a.S;  // offsets[s] <= token < offsets[behind]
    while (behind - s > 1) {
      const int64_t middle = (s + behind) / 2;
      (a.offsets[middle] <= token ? s : behind) = middle;
    }
    a.horizon[token] = static_cast<int32_t>(math::horizon_size(token - a.offsets[s], a.h_lo, a.h_hi,
                                                               a.query_begin[s], a.query_end[s]));
  }
};

struct SpanRows {
  AttentionMetrics a;

  FORMULA_METHOD void operator()(int64_t s) const { a.span_rows[s] = a.query_end[s] - a.query_begin[s]; }
};

// Tiles of a sequence in order.
struct SpanSums {
  Pass p;

  FORMULA_METHOD void operator()(int64_t i) const {
    const int64_t s = i / p.a.H, rows = p.a.query_end[s] - p.a.query_begin[s];
    double sum = 0;
    for (int64_t tile = p.tiles[s]; tile < p.tiles[s + 1]; ++tile) sum += p.spans[tile * p.a.H + i % p.a.H];
    p.a.span[i] = rows > 0 ? static_cast<float>(sum / static_cast<double>(rows)) : 0.0f;
  }
};

struct ToBase2 {
  const float* natural;
  float* base2;

  FORMULA_METHOD void operator()(int64_t i) const { base2[i] = natural[i] * static_cast<float>(math::kLog2OfE); }
};

// f(element, head size that the kernels are made for)
template <class F>
void for_kernel(DType dtype, int64_t D, const F& f) {
  for_float_type(dtype, [&](auto element) {
    using T = decltype(element);
    if (D <= 32) f(T{}, std::integral_constant<int, 32>{});
    else if (D <= 64) f(T{}, std::integral_constant<int, 64>{});
    else if (D <= 96) f(T{}, std::integral_constant<int, 96>{});
    else if (D <= 128) f(T{}, std::integral_constant<int, 128>{});
    else f(T{}, std::integral_constant<int, 256>{});
  });
}

std::vector<int32_t> chosen_heads(int64_t H, bool all, View<const uint8_t> first, View<const uint8_t> second) {
  std::vector<int32_t> heads;
  for (int64_t h = 0; h < H; ++h) {
    if (all || (first && first[h] != 0) || (second && second[h] != 0)) heads.push_back(static_cast<int32_t>(h));
  }
  return heads;
}

// Blocks of `rows` before each sequence; rows_of(s) of them hold something.
template <class F>
std::vector<int32_t> tiles_before(int64_t S, int rows, const F& rows_of) {
  std::vector<int32_t> tiles{0};
  for (int64_t s = 0; s < S; ++s) {
    const int64_t n = rows_of(s);
    tiles.push_back(tiles.back() + static_cast<int32_t>(n > 0 ? (n + rows - 1) / rows : 0));
  }
  return tiles;
}

uint32_t blocks(const std::vector<int32_t>& tiles, const std::vector<int32_t>& heads) {
  return static_cast<uint32_t>(tiles.back()) * static_cast<uint32_t>(heads.size());
}

template <class T, int kD>
void run_rows(Pass p, const AttentionMetrics& host, const Stream& stream) {
  using Shape = TileShape<T, kD>;
  const bool all = (!p.band && (host.span || host.lse)) || (host.waad && !host.local_heads) ||
                   (!p.band && host.fai && !host.global_heads);
  const auto heads = chosen_heads(host.H, all, host.waad ? host.local_heads : View<const uint8_t>{},
                                  host.fai && !p.band ? host.global_heads : View<const uint8_t>{});
  const auto tiles = tiles_before(host.S, Shape::kRows, [&](int64_t s) { return host.query_end[s] - host.query_begin[s]; });
  const DeviceScratch<int32_t> head_list(stream, heads.data(), static_cast<int64_t>(heads.size()));
  const DeviceScratch<int32_t> tile_list(stream, tiles.data(), static_cast<int64_t>(tiles.size()));
  const DeviceScratch<double> spans(stream, host.span ? tiles.back() * host.H : 0);
  p.heads = head_list.data();
  p.head_count = static_cast<int64_t>(heads.size());
  p.tiles = tile_list.data();
  p.spans = spans.data();
  if (!run_rows_sm90(p, blocks(tiles, heads), stream)) {
    launch<row_pass<T, kD>>(stream, {blocks(tiles, heads), kThreads, Shape::kBytes}, p);
  }
  if (host.span) map(stream, host.S * host.H, SpanSums{p});
}

template <class T, int kD>
void run_columns(Pass p, const AttentionMetrics& host, const Stream& stream) {
  using Shape = TileShape<T, kD>;
  const auto heads = chosen_heads(host.H, !host.global_heads, host.global_heads, {});
  const auto tiles = tiles_before(host.S, Shape::kRows, [&](int64_t s) {
    const int64_t begin = host.query_begin[s], end = host.query_end[s];
    return begin < end ? end - host.h_lo - (begin > host.h_hi ? begin - host.h_hi : 0) : 0;
  });
  const DeviceScratch<int32_t> head_list(stream, heads.data(), static_cast<int64_t>(heads.size()));
  const DeviceScratch<int32_t> tile_list(stream, tiles.data(), static_cast<int64_t>(tiles.size()));
  p.heads = head_list.data();
  p.head_count = static_cast<int64_t>(heads.size());
  p.tiles = tile_list.data();
  if (run_columns_sm90(p, blocks(tiles, heads), stream)) return;
  launch<column_pass<T, kD>>(stream, {blocks(tiles, heads), kThreads, Shape::kBytes}, p);
}

void clear(const Stream& stream, View<float> view) {
  if (view.size > 0) must("fill", device_table().fill(view.data, 0, view.size * sizeof(float), stream.handle));
}

bool on_vectors(const void* data, int64_t bytes) { return reinterpret_cast<uintptr_t>(data) % 16 == 0 && bytes % 16 == 0; }

}  // namespace

void run(const AttentionMetrics& host, const Stream& stream) {
  clear(stream, host.waad);
  clear(stream, host.fai);
  clear(stream, host.lse);
  const DeviceScratch<int32_t> offsets(stream, host.offsets.data, host.offsets.size);
  const DeviceScratch<int32_t> query_begin(stream, host.query_begin.data, host.query_begin.size);
  const DeviceScratch<int32_t> query_end(stream, host.query_end.data, host.query_end.size);
  const DeviceScratch<uint8_t> local(stream, host.local_heads.data, host.local_heads.size);
  Pass p{host, nullptr, nullptr, 0, nullptr, nullptr, false, false};
  p.a.offsets.data = offsets.data();
  p.a.query_begin.data = query_begin.data();
  p.a.query_end.data = query_end.data();
  p.a.local_heads.data = local.data();
  if (host.horizon) map(stream, host.T, Horizon{p.a});
  if (host.span_rows) map(stream, host.S, SpanRows{p.a});

  p.band = host.lse_in && !host.span && !host.lse;
  const bool given = p.band && host.lse_form.index == 1;
  const DeviceScratch<float> lse2(stream, given || !(host.fai || host.waad) ? 0 : host.H * host.T);
  p.lse2 = given ? const_cast<float*>(host.lse_in.data) : lse2.data();
  if (p.band && !given) map(stream, lse2.size(), ToBase2{host.lse_in.data, lse2.data()});
  const int64_t bytes = host.D * (host.q.dtype == DType::f32 ? 4 : 2);
  p.vectors = on_vectors(host.q.data, bytes) && on_vectors(host.k.data, bytes);
  for_kernel(host.q.dtype, host.D, [&](auto element, auto size) {
    using T = decltype(element);
    constexpr int kD = decltype(size)::value;
    if (!p.band || host.waad) run_rows<T, kD>(p, host, stream);
    if (host.fai) run_columns<T, kD>(p, host, stream);
  });
}

}  // namespace anacrusis::cuda
