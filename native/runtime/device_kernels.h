// Kernels that belong to no op.
#pragma once

#include "value_check.h"

namespace anacrusis::cuda {

// Puts the lowest illegal index into `fault`, unless it holds an earlier one.
void find_illegal(const Stream& stream, const ValueCheck& check, ValueFault* fault);

// n elements of 1, 2, 4 or 8 bytes, each the low bytes of `pattern`.
void fill_elements(const Stream& stream, void* data, int64_t n, int64_t element_bytes, uint64_t pattern);

}  // namespace anacrusis::cuda
