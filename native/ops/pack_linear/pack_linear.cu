// A transposition: a block takes 16 outputs by 64 inputs through shared memory, so that the reads run along
// rows of the weight and the writes along panels. The pitch of 65 puts the 16 outputs of an input into
// different banks.
#include "pack_linear.h"
#include "runtime/kernel.h"

namespace anacrusis::cuda {
namespace {

constexpr int kPanel = 16, kInputs = 64, kThreads = 256;

KERNEL pack(PackLinear a) {
  SHARED(float, tile, [kPanel][kInputs + 1]);
  const int thread = static_cast<int>(threadIdx.x);
  const int64_t across = (a.K + kInputs - 1) / kInputs;
  for (int64_t index = blockIdx.x; index < a.panels * across; index += gridDim.x) {
    const int64_t panel = index / across, k = index % across * kInputs;
    for (int i = thread; i < kPanel * kInputs; i += kThreads) {
      const int row = i / kInputs, column = i % kInputs;
      const int64_t output = panel * kPanel + row;
      const bool inside = output < a.N && k + column < a.K;
      tile[row][column] = inside ? a.weight[output * a.K + k + column] : 0.0f;
    }
    sync_threads();
    for (int i = thread; i < kPanel * kInputs; i += kThreads) {
      const int row = i % kPanel, column = i / kPanel;
      if (k + column < a.K) a.packed[(panel * a.K + k + column) * kPanel + row] = tile[row][column];
    }
    sync_threads();
  }
}

}  // namespace

void run(const PackLinear& a, const Stream& stream) {
  constexpr int64_t kMost = int64_t{1} << 20;
  const int64_t blocks = a.panels * ((a.K + kInputs - 1) / kInputs);
  launch<pack>(stream, {static_cast<uint32_t>(blocks < kMost ? blocks : kMost), kThreads}, a);
}

}  // namespace anacrusis::cuda
