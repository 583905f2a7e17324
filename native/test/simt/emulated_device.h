// Failures on request: another use of the device table.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace anacrusis::simt {

// "allocate:3=2 launch:1=719!": from now on the third `allocate` returns 2, and the first `launch` returns 719,
// as does everything after it (!). An empty plan clears the last one. Counts start anew. False: not understood.
bool plan_faults(const char* plan);
// Calls of each function of the table since the last plan.
std::map<std::string, uint64_t> call_counts();

}  // namespace anacrusis::simt
