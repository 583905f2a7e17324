// kernel_sm90.h in PTX, for sm_90a only.
#pragma once

#define GRID_CONSTANT const __grid_constant__

namespace anacrusis::cuda {

DEVICE void barrier_init(uint64_t* barrier, uint32_t arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals) : "memory");
}
DEVICE void barrier_arrive(uint64_t* barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}
// Arrives; the phase ends no sooner than so many bytes have been copied for it.
DEVICE void barrier_arrive_for(uint64_t* barrier, uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes)
               : "memory");
}
// Until the phase of this parity is over: parity 1 of a fresh barrier is.
DEVICE void barrier_wait(uint64_t* barrier, uint32_t parity) {
  uint32_t over;
  do {
    asm volatile(
        "{\n\t.reg .pred over;\n\t"
        "mbarrier.try_wait.parity.shared::cta.b64 over, [%1], %2;\n\t"
        "selp.u32 %0, 1, 0, over;\n\t}"
        : "=r"(over)
        : "r"(shared_address(barrier)), "r"(parity)
        : "memory");
  } while (over == 0);
}
// By the thread that made them, before the block meets.
DEVICE void barriers_ready() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

DEVICE void copy_box(void* shared, const TensorMap* map, int32_t column, int32_t row, uint64_t* barrier) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(
          shared_address(shared)),
      "l"(map), "r"(column), "r"(row), "r"(shared_address(barrier))
      : "memory");
}

#define ROW_OF_SCORES(n) "+f"(d[n][0]), "+f"(d[n][1]), "+f"(d[n][2]), "+f"(d[n][3])
#define WARP_GROUP_PRODUCT(type)                                                                            \
  asm volatile(                                                                                             \
      "{\n\t.reg .pred add;\n\tsetp.ne.b32 add, %66, 0;\n\t"                                                \
      "wgmma.mma_async.sync.aligned.m64n128k16.f32." type "." type                                          \
      " {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, "   \
      "%21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, " \
      "%41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, " \
      "%61, %62, %63}, %64, %65, add, 1, 1, 0, 0;\n\t}"                                                     \
      : ROW_OF_SCORES(0), ROW_OF_SCORES(1), ROW_OF_SCORES(2), ROW_OF_SCORES(3), ROW_OF_SCORES(4),           \
        ROW_OF_SCORES(5), ROW_OF_SCORES(6), ROW_OF_SCORES(7), ROW_OF_SCORES(8), ROW_OF_SCORES(9),           \
        ROW_OF_SCORES(10), ROW_OF_SCORES(11), ROW_OF_SCORES(12), ROW_OF_SCORES(13), ROW_OF_SCORES(14),      \
        ROW_OF_SCORES(15)                                                                                   \
      : "l"(a), "l"(b), "r"(add))

// d is added where `add` is not 0.
DEVICE void group_product(GroupScores& d, uint64_t a, uint64_t b, int add, Bf16) { WARP_GROUP_PRODUCT("bf16"); }
DEVICE void group_product(GroupScores& d, uint64_t a, uint64_t b, int add, F16) { WARP_GROUP_PRODUCT("f16"); }
#undef WARP_GROUP_PRODUCT
#undef ROW_OF_SCORES

DEVICE void group_begin() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
// Until the products since group_begin are in registers.
DEVICE void group_end() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
  asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
}

}  // namespace anacrusis::cuda
