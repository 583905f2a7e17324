// The one way in which native code refuses a call. The addon turns it into a typed JavaScript error.
#pragma once

#include <cstdint>
#include <string>

namespace anacrusis {

// Stable codes; they are part of the public contract (see packages/native/README.md).
struct Failure {
  const char* code;  // "ERR_DTYPE", "ERR_SHAPE", ...
  std::string parameter;
  std::string expected;
  std::string received;
  std::string op = {};  // of an earlier call, where that is at fault
  int64_t wanted = 0, free = 0, total = 0;  // ERR_MEMORY: bytes
};

}  // namespace anacrusis
