// Sums over tokens whose bits do not depend on how a batch is cut between sequences: within a sequence in an order
// that its own length gives, across sequences by math/exact_sum.h. Built once per instruction set.
#pragma once

#include "math/exact_sum.h"
#include "runtime/isa.h"

namespace anacrusis::ANACRUSIS_ISA {

// term(0) + .. + term(n-1) in float64, in 16 lanes by i mod 16.
template <class Term>
__attribute__((always_inline)) inline double ordered_sum(int64_t n, const Term& term) {
  constexpr int64_t kLanes = 16;
  double lane[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
#pragma omp simd
    for (int64_t l = 0; l < kLanes; ++l) lane[l] += term(i + l);
  }
  for (int64_t l = 0; i + l < n; ++l) lane[l] += term(i + l);
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  }
  return lane[0];
}

// Number of ones among n flags.
inline int64_t count_ones(const uint8_t* flags, int64_t n) {
  int64_t ones = 0;
#pragma omp simd reduction(+ : ones)
  for (int64_t i = 0; i < n; ++i) ones += flags[i];
  return ones;
}

struct ExactAccumulator {
  int64_t limbs[math::kExactLimbs];
  int32_t flags;

  void add(double x) {
    const math::ExactTerms terms = math::exact_terms(x);
    for (int i = 0; i < 3; ++i) limbs[terms.first + i] += terms.part[i];
    flags |= terms.flags;
  }
  void add(const ExactAccumulator& other) {
    for (int i = 0; i < math::kExactLimbs; ++i) limbs[i] += other.limbs[i];
    flags |= other.flags;
  }
  // Rounded; the words themselves where asked for.
  double value(int32_t* words = nullptr) const {
    int32_t own[math::kExactWords];
    int32_t* const to = words ? words : own;
    math::exact_finish(limbs, flags, to);
    return math::exact_value(to);
  }
};

// How many parts of whole sequences T tokens are cut into, of about `tokens` or more each.
constexpr int64_t kMostParts = 64;
inline int64_t sequence_parts(int64_t T, int64_t tokens) {
  const int64_t wanted = T / tokens + 1;
  return wanted < kMostParts ? wanted : kMostParts;
}

}  // namespace anacrusis::ANACRUSIS_ISA
