# The CPU back end built with node-gyp, for machines without CMake; the same sources and flags as
# CMakeLists.txt. It is not in the root folder, where npm and pnpm would build it on every install,
# and not below its sources: paths with .. would give the three builds the same object files.
{
  "variables": {
    "anacrusis_version": "<!(node -p \"require('../packages/native/package.json').version\")"
  },
  "target_defaults": {
    "configurations": { "Release": { "cflags_cc": ["-O3"] } },
    "include_dirs": ["."],
    "cflags": ["-fvisibility=hidden"],
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": [
      "-std=c++20",
      "-fPIC",
      "-fvisibility-inlines-hidden",
      "-Wall",
      "-Wextra",
      "-Wno-restrict",
      "-fno-math-errno",
      "-fno-trapping-math"
    ]
  },
  "targets": [
    {
      "target_name": "ops_generic",
      "type": "static_library",
      "sources": ["<!@(ls -1 ops/*/*.cpp ops/cpu_build.cpp)"],
      "defines": ["ANACRUSIS_ISA=generic"],
      "cflags_cc": ["-fopenmp-simd"]
    },
    {
      "target_name": "ops_avx2",
      "type": "static_library",
      "sources": ["<!@(ls -1 ops/*/*.cpp ops/cpu_build.cpp)"],
      "defines": ["ANACRUSIS_ISA=avx2"],
      "cflags_cc": ["-march=x86-64-v3", "-fopenmp-simd"]
    },
    {
      "target_name": "ops_avx512",
      "type": "static_library",
      "sources": ["<!@(ls -1 ops/*/*.cpp ops/cpu_build.cpp)"],
      "defines": ["ANACRUSIS_ISA=avx512"],
      "cflags_cc": ["-march=x86-64-v4", "-mprefer-vector-width=512", "-fopenmp-simd"]
    },
    {
      "target_name": "cpu",
      "dependencies": ["ops_generic", "ops_avx2", "ops_avx512"],
      "sources": [
        "<!@(ls -1 addon/*.cpp runtime/*.cpp | grep -v -e /cuda_ -e /cublas -e /device_ -e /gemm -e /value_check)"
      ],
      "defines": ["ANACRUSIS_VERSION=\"<(anacrusis_version)\""],
      "libraries": ["-lpthread"],
      "ldflags": ["-Wl,--exclude-libs,ALL", "-Wl,--gc-sections", "-s"]
    }
  ]
}
