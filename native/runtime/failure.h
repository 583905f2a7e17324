// The one way in which native code refuses a call. The addon turns it into a typed JavaScript error.
#pragma once

#include <string>

namespace anacrusis {

// Stable codes; they are part of the public contract (see packages/native/README.md).
struct Failure {
  const char* code;  // "ERR_DTYPE", "ERR_SHAPE", ...
  std::string parameter;
  std::string expected;
  std::string received;
};

}  // namespace anacrusis
