# What runs on a device, and the SIMT emulator in its place; absolute paths.
set(DEVICE_RUNTIME_SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/ops/cuda_build.cpp
    ${CMAKE_CURRENT_LIST_DIR}/runtime/cublaslt.cpp
    ${CMAKE_CURRENT_LIST_DIR}/runtime/cublaslt_gemm.cpp
    ${CMAKE_CURRENT_LIST_DIR}/runtime/device_memory.cpp
    ${CMAKE_CURRENT_LIST_DIR}/runtime/device_metadata.cpp
    ${CMAKE_CURRENT_LIST_DIR}/runtime/device_stream.cpp
    ${CMAKE_CURRENT_LIST_DIR}/runtime/gemm.cpp
    ${CMAKE_CURRENT_LIST_DIR}/runtime/pool.cpp
    ${CMAKE_CURRENT_LIST_DIR}/runtime/value_check.cpp)
file(GLOB DEVICE_KERNELS CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/ops/*/*.cu ${CMAKE_CURRENT_LIST_DIR}/runtime/*.cu)
list(FILTER DEVICE_KERNELS EXCLUDE REGEX "runtime/cuda_device\\.cu$")

set(EMULATED_KERNELS ${DEVICE_KERNELS})
# nvcc compiles these for that architecture alone.
set(SM90_KERNELS ${DEVICE_KERNELS})
list(FILTER SM90_KERNELS INCLUDE REGEX "_sm90\\.cu$")
list(REMOVE_ITEM DEVICE_KERNELS ${SM90_KERNELS})
set(EMULATOR_SOURCES emulated_device engine fiber memory)
list(TRANSFORM EMULATOR_SOURCES PREPEND ${CMAKE_CURRENT_LIST_DIR}/test/simt/)
list(TRANSFORM EMULATOR_SOURCES APPEND .cpp)
