// The passes of attention_metrics on the warp-group products of compute capability 9.0 (attention_metrics_sm90.cu).
#pragma once

#include "pass.cuh"

namespace anacrusis::cuda {

// Enqueues one of the passes over `blocks` blocks; false where the portable kernel has to: on any other device, with
// float32 or heads of another size than 64 and 128, and unless the environment says ANACRUSIS_ATTENTION_SM90=1.
bool run_rows_sm90(const Pass& p, uint32_t blocks, const Stream& stream);
bool run_columns_sm90(const Pass& p, uint32_t blocks, const Stream& stream);

}  // namespace anacrusis::cuda
