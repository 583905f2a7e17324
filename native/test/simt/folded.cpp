// simt.fold(array, own): puts 32 MiB of memory, repeated all the way, under a typed array that nobody has touched, but for
// its last `own` bytes. For results behind 2^31 elements: what an op writes before them costs no memory. Only whole pages
// inside of the array change, so freeing it unmaps them like any others.
#include <sys/mman.h>
#include <unistd.h>

#include "exports.h"

namespace anacrusis {
namespace {

constexpr uintptr_t kPage = 4096, kFold = uintptr_t{32} << 20;

bool fold_pages(uintptr_t begin, uintptr_t end) {
  begin = (begin + kPage - 1) / kPage * kPage;
  end = end / kPage * kPage;
  const int memory = memfd_create("folded", 0);
  bool good = memory >= 0 && ftruncate(memory, kFold) == 0;
  for (uintptr_t at = begin; good && at < end; at += kFold) {
    const size_t some = end - at < kFold ? end - at : kFold;
    good = mmap(reinterpret_cast<void*>(at), some, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0) !=
           MAP_FAILED;
  }
  if (memory >= 0) close(memory);
  return good;
}

}  // namespace

napi_value fold(napi_env env, napi_callback_info info) {
  return guarded(env, "fold", [&]() -> napi_value {
    napi_value arguments[2];
    size_t count = 2;
    must(env, napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr));
    double own = 0;
    must(env, napi_get_value_double(env, arguments[1], &own));
    const ArrayBytes array = array_bytes(env, arguments[0]);
    const auto begin = reinterpret_cast<uintptr_t>(array.data);
    if (!fold_pages(begin, begin + array.size - static_cast<size_t>(own))) {
      throw Refused{{"ERR_OUT_OF_MEMORY", "array", "pages to fold", std::to_string(array.size) + " bytes"}};
    }
    return nullptr;
  });
}

}  // namespace anacrusis
