// simt.gemm(numbers, a, b, bias, c): runtime/gemm.h on emulated memory, for tests of what the ops do not
// reach. numbers: M N K transposeA transposeB type cType (0 f32, 1 bf16, 2 f16) lda ldb ldc batch aStep bStep
// cStep alpha beta bPanel. bias is empty for none; c is read and written.
#include "exports.h"
#include "runtime/device_memory.h"
#include "runtime/gemm.h"

namespace anacrusis {
namespace {

DType type_of(double number) { return number == 1 ? DType::bf16 : number == 2 ? DType::f16 : DType::f32; }

cuda::Gemm described(const double* x) {
  const auto whole = [x](int i) { return static_cast<int64_t>(x[i]); };
  cuda::Gemm g;
  g.M = whole(0), g.N = whole(1), g.K = whole(2);
  g.transpose_a = x[3] != 0, g.transpose_b = x[4] != 0;
  g.type = type_of(x[5]), g.c_type = type_of(x[6]);
  g.lda = whole(7), g.ldb = whole(8), g.ldc = whole(9);
  g.batch = whole(10), g.a_step = whole(11), g.b_step = whole(12), g.c_step = whole(13);
  g.alpha = static_cast<float>(x[14]), g.beta = static_cast<float>(x[15]);
  g.b_panel = whole(16);
  return g;
}

}  // namespace

napi_value run_gemm(napi_env env, napi_callback_info info) {
  return guarded(env, "gemm", [&]() -> napi_value {
    napi_value values[5];
    size_t count = 5;
    must(env, napi_get_cb_info(env, info, &count, values, nullptr, nullptr));
    const Stream stream = stream_of_device(0);
    cuda::Gemm g = described(static_cast<const double*>(array_bytes(env, values[0]).data));
    const auto upload = [&](int i) {
      const ArrayBytes bytes = array_bytes(env, values[i]);
      return DeviceScratch<uint8_t>(stream, static_cast<const uint8_t*>(bytes.data), static_cast<int64_t>(bytes.size));
    };
    const auto a = upload(1), b = upload(2), bias = upload(3), c = upload(4);
    if (bias.size() > 0) g.bias = reinterpret_cast<const float*>(bias.data());
    cuda::gemm(stream, g, a.data(), b.data(), c.data());
    const ArrayBytes out = array_bytes(env, values[4]);
    if (out.size > 0) must("download", device_table().download(out.data, c.data(), out.size, stream.handle));
    wait_for(stream);
    return nullptr;
  });
}

}  // namespace anacrusis
