#include <cmath>
#include <cstring>

#include "block_gradient.h"
#include "runtime/parallel.h"
#include "runtime/scratch.h"

namespace anacrusis::ANACRUSIS_ISA {
namespace {

// The gradients of one key head are made by one thread, and for few long sequences by several, each with a
// part of the queries: part 0 writes where they belong, the others into working memory, which is added in order.
struct Cut {
  const CausalAttentionBackward& a;
  int64_t sequences;  // of one piece, about 128 tokens
  int64_t pieces, parts;
  float* memory = nullptr;

  explicit Cut(const CausalAttentionBackward& op) : a(op) {
    constexpr int64_t kPieceTokens = 128, kWanted = 16, kPartTokens = 128;
    sequences = a.T > 0 && a.S * kPieceTokens > a.T ? a.S * kPieceTokens / a.T : 1;
    pieces = (a.S + sequences - 1) / sequences;
    const int64_t by_wish = pieces > 0 ? kWanted / (pieces * a.Hkv) : 1;
    const int64_t by_length = pieces > 0 ? a.T / pieces / kPartTokens : 1;
    parts = by_wish < by_length ? by_wish : by_length;
    if (parts < 1 || sequences > 1) parts = 1;
  }

  int64_t first(int64_t s) const { return a.offsets[s]; }
  int64_t length(int64_t s) const { return a.offsets[s + 1] - a.offsets[s]; }
  int64_t floats() const { return 2 * a.T * a.Hkv * a.D * (parts - 1); }

  // First position of a part: parts see about the same number of keys.
  int64_t begin(int64_t s, int64_t part, int64_t size) const {
    if (part == parts) return length(s);
    const double share = ::sqrt(static_cast<double>(part) / static_cast<double>(parts));
    return static_cast<int64_t>(share * static_cast<double>(length(s))) / size * size;
  }

  KeyGradients gradients(int64_t s, int64_t kv_head, int64_t part) const {
    const int64_t width = a.Hkv * a.D, keys = length(s) * a.D;
    const int64_t offset = first(s) * width + kv_head * a.D;
    if (part == 0) return {a.dk.data + offset, a.dv.data + offset, width};
    float* const own = memory + 2 * (parts - 1) * (first(s) * width + kv_head * keys) + 2 * (part - 1) * keys;
    return {own, own + keys, a.D};
  }
};

void differentiate_part(const Cut& cut, int64_t s, int64_t kv_head, int64_t part, const Tiles& tiles) {
  const CausalAttentionBackward& a = cut.a;
  const int64_t group = a.H / a.Hkv, size = QueryBlock::positions_of(group);
  const int64_t begin = cut.begin(s, part, size), end = cut.begin(s, part + 1, size);
  const KeyGradients to = cut.gradients(s, kv_head, part);
  // Keys are set by the first block that reaches them, in part 0 also those that none of its own does.
  for (int64_t key = part == 0 ? end : 0; key < (part == 0 ? cut.length(s) : begin); ++key) {
    std::memset(to.dk + key * to.step, 0, static_cast<size_t>(a.D) * sizeof(float));
    std::memset(to.dv + key * to.step, 0, static_cast<size_t>(a.D) * sizeof(float));
  }
  for (int64_t p = begin; p < end; p += size) {
    const int64_t count = end - p < size ? end - p : size;
    differentiate({a, {cut.first(s) + p, p, count, group}, kv_head, tiles, to});
  }
}

// What the parts from 1 on made of the keys begin .. end - 1, to part 0.
void add_parts(const Cut& cut, int64_t s, int64_t kv_head, int64_t begin, int64_t end) {
  const CausalAttentionBackward& a = cut.a;
  const int64_t size = QueryBlock::positions_of(a.H / a.Hkv);
  const KeyGradients to = cut.gradients(s, kv_head, 0);
  for (int64_t part = 1; part < cut.parts; ++part) {
    const KeyGradients from = cut.gradients(s, kv_head, part);
    const int64_t reached = cut.begin(s, part + 1, size);
    if (cut.begin(s, part, size) == reached) continue;
    for (int64_t key = begin; key < end && key < reached; ++key) {
#pragma omp simd
      for (int64_t d = 0; d < a.D; ++d) {
        to.dk[key * to.step + d] += from.dk[key * a.D + d];
        to.dv[key * to.step + d] += from.dv[key * a.D + d];
      }
    }
  }
}

void differentiate_all(const Cut& cut) {
  const CausalAttentionBackward& a = cut.a;
  bool out_of_memory = false;
  parallel_for(cut.pieces * a.Hkv * cut.parts, 1, [&](int64_t begin, int64_t end) {
    float* const memory = thread_scratch(Tiles::size(a));
    if (!memory) return __atomic_store_n(&out_of_memory, true, __ATOMIC_RELAXED);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t part = i % cut.parts, kv_head = i / cut.parts % a.Hkv;
      const int64_t first = i / cut.parts / a.Hkv * cut.sequences;
      const int64_t last = first + cut.sequences < a.S ? first + cut.sequences : a.S;
      for (int64_t s = first; s < last; ++s) differentiate_part(cut, s, kv_head, part, {a, memory});
    }
  });
  if (out_of_memory) throw_out_of_memory();
  if (cut.parts == 1) return;
  constexpr int64_t kKeys = 64;
  for (int64_t s = 0; s < a.S; ++s) {
    parallel_for((cut.length(s) + kKeys - 1) / kKeys * a.Hkv, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t key = i / a.Hkv * kKeys, left = cut.length(s) - key;
        add_parts(cut, s, i % a.Hkv, key, key + (left < kKeys ? left : kKeys));
      }
    });
  }
}

}  // namespace

void run(const CausalAttentionBackward& a) {
  Cut cut(a);
  if (cut.parts == 1) return differentiate_all(cut);
  const auto body = [](float* memory, void* context) {
    static_cast<Cut*>(context)->memory = memory;
    differentiate_all(*static_cast<Cut*>(context));
  };
  with_scratch(cut.floats(), body, &cut);
}

}  // namespace anacrusis::ANACRUSIS_ISA
