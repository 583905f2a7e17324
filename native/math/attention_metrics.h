// WAAD, FAI and head span of causal attention weights a_{t,s} (2510.13554, eq. 7, 9, 10).
//
//   WAAD_t = sum_{s<=t} a_{t,s} min(t - s, W)
//   FAI_s  = mean of a_{t,s} over the queries t with s + H_lo <= t <= s + H_hi
//   span_t = sum_{s<=t} a_{t,s} (t - s); its mean over the queries ranks the heads
//
// With un-normalised weights p of a whole row, WAAD = sum p min(t - s, W) / sum p. With weights that
// an external log-sum-exp normalises, keys at distance >= W need not be read: their mass is what is
// missing to 1. Hazard: an error e of that log-sum-exp moves WAAD by W e.
#pragma once

#include "exp2.h"

namespace anacrusis::math {

// Scores are taken to base 2.
constexpr double kLog2OfE = 1.4426950408889634, kLnOf2 = 0.6931471805599453;

// 2^(score - shift), for scores scaled by log2(e): at most 2^127, also where a given shift is far too small.
FORMULA float attention_weight(float x) {
  const float above = Lane<float>::larger(-160.0f, x);
  return exp2(above > 127.0f ? 127.0f : above);
}

// From the mass and the cut distance of any part of the row that holds the keys nearer than W.
FORMULA double waad_of_part(double mass, double cut_distance, double W) {
  const double value = W - (W * mass - cut_distance);
  return value < 0.0 ? 0.0 : value;
}

// Queries of [query_begin, query_end) in the horizon of key s; both ends of [H_lo, H_hi] count.
FORMULA int64_t horizon_size(int64_t s, int64_t h_lo, int64_t h_hi, int64_t query_begin,
                             int64_t query_end) {
  const int64_t first = s + h_lo > query_begin ? s + h_lo : query_begin;
  const int64_t last = s + h_hi < query_end - 1 ? s + h_hi : query_end - 1;
  return last >= first ? last - first + 1 : 0;
}

}  // namespace anacrusis::math
