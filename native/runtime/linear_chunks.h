// The chunks of a loss over logits = hidden weight^T on the CPU: which tokens, which memory, in which order
// (linear_logits.h computes).
#pragma once

#include "linear_logits.h"

namespace anacrusis::ANACRUSIS_ISA {

struct LinearCall {
  int64_t T, V, D;
  double temperature;
  int64_t workspace_bytes;
  FloatsIn hidden, weight;
  const int32_t* targets;
  FloatsOut dhidden;             // null: nothing but log-probabilities
  float* dweight;                // null where the weight is frozen
  bool accumulate;
};

struct TokenCoefficients {
  float g, h;
};

constexpr int64_t kForwardTokens = 512;

// Floats of a chunk for each token of its width; `tiles` of the vocabulary.
static inline int64_t chunk_floats(const LinearCall& x, int64_t tiles) {
  const int64_t forward = 2 * round_up(x.D, kPanel) + 3 * tiles + 16;
  return x.dhidden ? forward + 2 * round_up(x.D, kPanel) + x.V : forward;
}

// Tokens at a time: what fits the budget, at least a vector of 16.
static inline int64_t chunk_tokens(const LinearCall& x, int64_t active, int64_t tiles) {
  const int64_t most = x.dhidden ? x.workspace_bytes / 4 / chunk_floats(x, tiles) / kPanel * kPanel
                                 : kForwardTokens;
  const int64_t least = most < kPanel ? kPanel : most, all = round_up(active, kPanel);
  return least < all ? least : all;
}

// All of one call, with the element type of hidden and weight known. counts(token): whether it is read at all;
// finish(token, result) writes its results and returns its coefficients.
template <class T, class Counts, class Finish>
struct LinearRun {
  const LinearCall& call;
  const Counts& counts;
  const Finish& finish;
  int64_t active, width;
  bool enough = true;

  const T* hidden() const { return call.hidden.as<const T>().data; }

  // The next `c.tokens` active ones from `at` on; returns where to go on.
  int64_t gather(const TokenChunk& c, int64_t at, int64_t* tokens, int64_t* targets) const {
    for (int64_t i = 0; i < c.tokens; ++at) {
      if (!counts(at)) continue;
      tokens[i] = at;
      targets[i] = call.targets[at];
      widen(hidden() + at * call.D, call.D, c.hidden + i * call.D);
      ++i;
    }
    return at;
  }

  // Coefficient rows of the chunk, and what is added at the targets. Places without a token get gradients of 0.
  void coefficients(const TokenChunk& c, const int64_t* tokens, const float* target_logits, float* target_terms) const {
    parallel_for(c.width, 16, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        math::GradientRow gradient{{INFINITY, c.scale, 0.0f}, 0.0f, 0.0f, 0.0f};
        if (i < c.tokens) {
          const math::TokenLogProb result =
              math::token_log_prob(sums_of_token(c, i), target_logits[i], call.temperature);
          const TokenCoefficients of = finish(tokens[i], result);
          if (of.g != 0.0f || of.h != 0.0f) {
            gradient = math::gradient_row(result.row, of.g, of.h, result.entropy, call.temperature);
          }
        }
        const float fields[] = {gradient.row.origin, gradient.row.offset, gradient.constant, gradient.slope};
        for (int64_t f = 0; f < 4; ++f) c.rows[f * c.width + i] = fields[f];
        target_terms[i] = gradient.target;
      }
    });
  }

  void scatter(const TokenChunk& c, const int64_t* tokens) const {
    T* const out = call.dhidden.as<T>().data;
    for (int64_t i = 0; i < c.tokens; ++i) {
      for (int64_t k = 0; k < c.D; ++k) {
        out[tokens[i] * c.D + k] = math::Narrow<T>::from(c.dhidden[i * c.D + k]);
      }
    }
  }

  // memory: 64-byte pieces in the order of TokenChunk's members.
  void run(float* memory) {
    TokenChunk c{};
    c.V = call.V;
    c.D = call.D;
    c.scale = math::exponent_scale(call.temperature);
    const bool gradients = static_cast<bool>(call.dhidden);
    const int64_t padded = round_up(c.D, kPanel);
    const auto take = [&](int64_t floats) { return memory += floats, memory - floats; };
    auto* const tokens = reinterpret_cast<int64_t*>(take(2 * width));
    auto* const targets = reinterpret_cast<int64_t*>(take(2 * width));
    float *const target_logits = take(width), *const target_terms = take(width);
    c.rows = take(4 * width);
    c.by_token = take(padded * width);
    c.hidden = take(padded * width);
    c.sums = take(c.tiles() * 3 * width);
    if (gradients) {
      c.by_hidden = take(padded * width);
      c.dhidden = take(padded * width);
      c.logits = take(c.V * logits_stride(width));
    }
    const T* const weight = call.weight.as<const T>().data;
    int64_t at = 0;
    for (int64_t done = 0; done < active && enough; done += c.tokens) {
      c.tokens = active - done < width ? active - done : width;
      c.width = round_up(c.tokens, kPanel);
      c.stride = logits_stride(c.width);
      at = gather(c, at, tokens, targets);
      pack_hidden(c, call.dweight != nullptr);
      enough = forward(c, weight, targets, gradients, target_logits);
      if (!enough) break;
      coefficients(c, tokens, target_logits, target_terms);
      if (!gradients) continue;
      enough = backward(c, weight, targets, target_terms, call.dweight);
      scatter(c, tokens);
    }
  }
};

template <class T, class Counts, class Finish>
static inline void run_linear(const LinearCall& call, const Counts& counts, const Finish& finish) {
  int64_t active = 0;
  for (int64_t i = 0; i < call.T; ++i) {
    if (counts(i)) {
      ++active;
    } else if (call.dhidden) {
      std::memset(static_cast<void*>(call.dhidden.as<T>().data + i * call.D), 0,
                  static_cast<size_t>(call.D) * sizeof(T));
    }
  }
  if (call.dweight && !call.accumulate) {
    rows(call.V, call.D, [&](int64_t row) {
      std::memset(call.dweight + row * call.D, 0, static_cast<size_t>(call.D) * sizeof(float));
    });
  }
  if (active == 0) return;
  const int64_t tiles = (call.V + kVocabularyTile - 1) / kVocabularyTile;
  LinearRun<T, Counts, Finish> whole{call, counts, finish, active, chunk_tokens(call, active, tiles)};
  using Whole = decltype(whole);
  const int64_t odd = (logits_stride(whole.width) - whole.width) * call.V;
  with_scratch(chunk_floats(call, tiles) * whole.width + (call.dhidden ? odd : 0) + 16,
               [](float* memory, void* context) {
                 const auto address = reinterpret_cast<uintptr_t>(memory);
                 static_cast<Whole*>(context)->run(memory + (64 - address % 64) % 64 / sizeof(float));
               },
               &whole);
  if (!whole.enough) throw_out_of_memory();
}

}  // namespace anacrusis::ANACRUSIS_ISA
