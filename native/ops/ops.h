// The list of ops, alphabetical: an include and an entry each. Nothing else central grows.
#pragma once

#include "gae/gae.h"

#define ANACRUSIS_OPS(OP) \
  OP(Gae)
