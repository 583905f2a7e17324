#pragma once

// Kept equal to packages/native/package.json by a check: the loader refuses a binary of another version.
#define ANACRUSIS_VERSION "0.1.0"
