// Op loops are compiled once per instruction set, each build in a namespace of its own
// (ANACRUSIS_ISA: generic, avx2, avx512), and one is chosen when the addon loads.
#pragma once

#ifndef ANACRUSIS_ISA
#error "op sources are compiled with -DANACRUSIS_ISA=generic|avx2|avx512"
#endif
