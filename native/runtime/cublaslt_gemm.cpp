// cuBLASLt through declarations of our own (cublasLt.h of CUDA 12 and 13): handles, descriptions, layouts and
// preferences are opaque and made by the library; only the result of its search is a struct here.
//
// It thinks in columns: what is row-major here is the transposed matrix there, so c^T = op(b)^T op(a)^T is
// asked for, with a and b in each other's place.
#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "cublaslt.h"
#include "gemm.h"

namespace anacrusis::cuda {
namespace {

using Status = int32_t;  // 0: success
using Opaque = void*;

enum : int32_t { kFloat32 = 0, kFloat16 = 2, kBfloat16 = 14 };            // cudaDataType
enum : int32_t { kComputeFloat32 = 68 };                                  // cublasComputeType_t: no TF32
enum : int32_t { kBatchCount = 5, kBatchStep = 6 };                       // layout: int32, int64
enum : int32_t { kTransposeA = 3, kTransposeB = 4, kEpilogue = 7, kBias = 8 };  // description: int32, uint32, pointer
enum : int32_t { kMostWorkspace = 1, kAlignmentA = 5 };                   // preference: uint64; uint32, B C D follow
constexpr uint32_t kEpilogueBias = 4;

struct Algorithm {
  uint64_t data[8];
};
struct Found {  // cublasLtMatmulHeuristicResult_t
  Algorithm algorithm;
  size_t workspace_bytes;
  Status state;
  float waves;
  int32_t reserved[4];
};
static_assert(sizeof(Found) == 96);

struct Library {
  Status (*create)(Opaque* handle);
  Status (*layout_create)(Opaque* layout, int32_t type, uint64_t rows, uint64_t columns, int64_t step);
  Status (*layout_set)(Opaque layout, int32_t attribute, const void* value, size_t bytes);
  Status (*layout_destroy)(Opaque);
  Status (*description_create)(Opaque* description, int32_t compute, int32_t scale_type);
  Status (*description_set)(Opaque description, int32_t attribute, const void* value, size_t bytes);
  Status (*description_destroy)(Opaque);
  Status (*preference_create)(Opaque*);
  Status (*preference_set)(Opaque preference, int32_t attribute, const void* value, size_t bytes);
  Status (*preference_destroy)(Opaque);
  Status (*search)(Opaque handle, Opaque description, Opaque a, Opaque b, Opaque c, Opaque d, Opaque preference,
                   int32_t wanted, Found* found, int32_t* count);
  Status (*multiply)(Opaque handle, Opaque description, const void* alpha, const void* a, Opaque a_layout,
                     const void* b, Opaque b_layout, const void* beta, const void* c, Opaque c_layout, void* d,
                     Opaque d_layout, const Algorithm*, void* workspace, size_t workspace_bytes, StreamHandle);
};

// All functions or null.
const Library* open_library() {
  const LibrarySearch search = find_cublaslt();
  if (search.path.empty()) return nullptr;
  void* const file = dlopen(search.path.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays open
  if (!file) return nullptr;
  static Library library;
  bool whole = true;
  const auto take = [&](auto& function, const char* name) {
    void* const symbol = dlsym(file, name);
    whole = whole && symbol;
    std::memcpy(&function, &symbol, sizeof symbol);
  };
  take(library.create, "cublasLtCreate");
  take(library.layout_create, "cublasLtMatrixLayoutCreate");
  take(library.layout_set, "cublasLtMatrixLayoutSetAttribute");
  take(library.layout_destroy, "cublasLtMatrixLayoutDestroy");
  take(library.description_create, "cublasLtMatmulDescCreate");
  take(library.description_set, "cublasLtMatmulDescSetAttribute");
  take(library.description_destroy, "cublasLtMatmulDescDestroy");
  take(library.preference_create, "cublasLtMatmulPreferenceCreate");
  take(library.preference_set, "cublasLtMatmulPreferenceSetAttribute");
  take(library.preference_destroy, "cublasLtMatmulPreferenceDestroy");
  take(library.search, "cublasLtMatmulAlgoGetHeuristic");
  take(library.multiply, "cublasLtMatmul");
  return whole ? &library : nullptr;
}

const Library* library() {
  static const Library* const opened = [] {
    const char* const wanted = std::getenv("ANACRUSIS_GEMM");
#if defined(ANACRUSIS_EMULATED)
    if (!std::getenv("ANACRUSIS_CUBLASLT")) return static_cast<const Library*>(nullptr);  // memory is the host's
#endif
    return wanted && std::strcmp(wanted, "tiled") == 0 ? nullptr : open_library();
  }();
  return opened;
}

// An object of the library, destroyed with the scope; `status` is the first refusal.
struct Object {
  Opaque opaque = nullptr;
  Status (*destroy)(Opaque);
  Status status;

  Object(Status (*make)(Opaque*, int32_t, int32_t), Status (*end)(Opaque), int32_t first, int32_t second)
      : destroy(end), status(make(&opaque, first, second)) {}
  Object(Status (*make)(Opaque*), Status (*end)(Opaque)) : destroy(end), status(make(&opaque)) {}
  Object(const Library& lt, int32_t type, int64_t rows, int64_t columns, int64_t step, const Gemm& g,
         int64_t matrix_step)
      : destroy(lt.layout_destroy),
        status(lt.layout_create(&opaque, type, static_cast<uint64_t>(rows), static_cast<uint64_t>(columns), step)) {
    const auto count = static_cast<int32_t>(g.batch);
    if (g.batch > 1) set(lt.layout_set, kBatchCount, count), set(lt.layout_set, kBatchStep, matrix_step);
  }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  ~Object() {
    if (opaque) destroy(opaque);
  }

  template <class T>
  void set(Status (*setter)(Opaque, int32_t, const void*, size_t), int32_t attribute, const T& value) {
    if (status == 0) status = setter(opaque, attribute, &value, sizeof value);
  }
};

int32_t type_of(DType type) {
  return type == DType::bf16 ? kBfloat16 : type == DType::f16 ? kFloat16 : kFloat32;
}

// The largest power of 2 up to 256 that divides the address.
uint32_t alignment_of(const void* data) {
  const auto low = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(data) & 255);
  return low == 0 ? 256 : low & -low;
}

// The state of a device, known by its stream: a handle belongs to the device it was made on.
struct Device {
  Opaque handle = nullptr;
  std::map<std::array<int64_t, 19>, Found> found;
};

struct Call {
  const Library& lt;
  const Gemm& g;
  const void *a, *b;
  void* c;
  Object description, a_layout, b_layout, c_layout;  // a_layout is of the library's A, our b

  Call(const Library& library, const Gemm& gemm, const void* left, const void* right, void* out)
      : lt(library), g(gemm), a(left), b(right), c(out),
        description(lt.description_create, lt.description_destroy, kComputeFloat32, kFloat32),
        a_layout(lt, type_of(g.type), g.transpose_b ? g.K : g.N, g.transpose_b ? g.N : g.K, g.ldb, g, g.b_step),
        b_layout(lt, type_of(g.type), g.transpose_a ? g.M : g.K, g.transpose_a ? g.K : g.M, g.lda, g, g.a_step),
        c_layout(lt, type_of(g.c_type), g.N, g.M, g.ldc, g, g.c_step) {
    description.set(lt.description_set, kTransposeA, int32_t{g.transpose_b});
    description.set(lt.description_set, kTransposeB, int32_t{g.transpose_a});
    if (!g.bias) return;
    description.set(lt.description_set, kEpilogue, kEpilogueBias);
    description.set(lt.description_set, kBias, g.bias);
  }

  bool valid() const {
    return description.status == 0 && a_layout.status == 0 && b_layout.status == 0 && c_layout.status == 0;
  }

  // The library's own choice for these sizes; asked once for each.
  const Found* choose(Device& device) {
    constexpr size_t kMemory = size_t{32} << 20, kKept = 1024;
    const uint32_t alignments[] = {alignment_of(b), alignment_of(a), alignment_of(c)};
    const std::array<int64_t, 19> key = {g.M, g.N, g.K, g.transpose_a, g.transpose_b, static_cast<int64_t>(g.type),
                                         static_cast<int64_t>(g.c_type), g.lda, g.ldb, g.ldc, g.batch, g.a_step,
                                         g.b_step, g.c_step, g.bias ? alignment_of(g.bias) : 0, g.beta != 0.0f,
                                         alignments[0], alignments[1], alignments[2]};
    const auto known = device.found.find(key);
    if (known != device.found.end()) return &known->second;
    Object preference(lt.preference_create, lt.preference_destroy);
    preference.set(lt.preference_set, kMostWorkspace, kMemory);
    for (int32_t i = 0; i < 4; ++i) preference.set(lt.preference_set, kAlignmentA + i, alignments[i < 3 ? i : 2]);
    Found found{};
    int32_t count = 0;
    if (preference.status != 0) return nullptr;
    const Status status = lt.search(device.handle, description.opaque, a_layout.opaque, b_layout.opaque,
                                    c_layout.opaque, c_layout.opaque, preference.opaque, 1, &found, &count);
    if (status != 0 || count < 1 || found.state != 0) return nullptr;
    if (device.found.size() >= kKept) device.found.clear();
    return &device.found.emplace(key, found).first->second;
  }
};

}  // namespace

bool cublaslt_gemm(const Stream& stream, const Gemm& g, const void* a, const void* b, void* c) {
  constexpr int64_t kMost = 2147483647;
  if (g.K == 0 || g.b_panel != 0 || (g.bias && (g.type != DType::f32 || g.c_type != DType::f32))) return false;
  if (g.M > kMost || g.N > kMost || g.K > kMost || g.batch > kMost) return false;
  const Library* const lt = library();
  if (!lt) return false;
  static std::mutex mutex;
  static auto* const devices = new std::map<StreamHandle, Device>;
  const std::lock_guard<std::mutex> lock(mutex);
  Device& device = (*devices)[stream.handle];
  if (!device.handle && lt->create(&device.handle) != 0) return false;
  Call call(*lt, g, a, b, c);
  const Found* const found = call.valid() ? call.choose(device) : nullptr;
  if (!found) return false;
  const DeviceScratch<uint8_t> workspace(stream, static_cast<int64_t>(found->workspace_bytes));
  return lt->multiply(device.handle, call.description.opaque, &g.alpha, b, call.a_layout.opaque, a,
                      call.b_layout.opaque, &g.beta, c, call.c_layout.opaque, c, call.c_layout.opaque,
                      &found->algorithm, workspace.data(), found->workspace_bytes, stream.handle) == 0;
}

}  // namespace anacrusis::cuda
