#pragma once

// packages/native/package.json has the version; the build files pass it on. The loader refuses a
// binary of another version.
#ifndef ANACRUSIS_VERSION
#error "compile with -DANACRUSIS_VERSION=\"x.y.z\""
#endif
