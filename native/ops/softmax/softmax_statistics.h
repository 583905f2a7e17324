// Largest element and sum of weights of a row in one read, on a device: every thread keeps the largest so
// far and scales its sum when that grows (Milakov and Gimelshein, 1805.02867, algorithm 3).
#pragma once

#include "math/softmax.h"
#include "runtime/device_rows.h"

namespace anacrusis::cuda {

struct SoftmaxStatistics {
  float max, sum;
};

template <class Row>
DEVICE SoftmaxStatistics softmax_statistics(const Row& row, const float* x, int64_t n, bool wide) {
  float max = -INFINITY, sum = 0.0f;
  row.each(n, wide, [&](int64_t i, auto width) {
    const auto some = load_some<width>(x + i);
    float top = max, part = 0.0f;
    UNROLL
    for (int j = 0; j < width; ++j) top = math::Max::value(top, some.v[j]);
    if (top == -INFINITY) return;
    UNROLL
    for (int j = 0; j < width; ++j) part += math::softmax_weight(some.v[j], top);
    sum = (max == top ? sum : sum * math::softmax_weight(max, top)) + part;
    max = top;
  });
  const float top = row.max(max);
  return {top, row.sum(max == top ? sum : sum * math::softmax_weight(max, top))};
}

}  // namespace anacrusis::cuda
