// No function built for a newer instruction set may be shared with the rest of the addon: of several
// weak copies the linker keeps one, and were that the AVX-512 one, an old CPU would die of it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run, which } from '../command.mjs';
import { root } from '../root.mjs';

const sets = ['avx2', 'avx512'];
const shared = /^([^:]+\.o):\s*[0-9a-f]+ ([WVu]) (.*)$/;

export const isaSymbols = {
  name: 'symbols of the instruction sets',
  async run(report) {
    for (const isa of sets) {
      const folder = join(root, 'build/CMakeFiles', `ops_${isa}.dir`);
      if (!which('nm') || !existsSync(folder)) {
        report.skip(isa, which('nm') ? 'no CMake build here' : 'no nm here');
        continue;
      }
      const find = `find "${folder}" -name '*.o' -print0 | xargs -0 nm -A -C --defined-only`;
      const found = (await run('sh', ['-c', find]))
        .split('\n')
        .map((line) => shared.exec(line))
        .filter((match) => match && !match[3].includes(`anacrusis::${isa}::`))
        // The pointer to the exception handler of the C++ runtime: data, the same for all.
        .filter((match) => match[3] !== 'DW.ref.__gxx_personality_v0');
      for (const [, object, kind, symbol] of found) {
        report.fail(
          object.slice(folder.length + 1),
          `${isa}: ${symbol} (${kind}) is shared with other builds: make it static, always inline, ` +
            'or a member of a type in namespace anacrusis::ANACRUSIS_ISA',
        );
      }
      if (found.length === 0) report.pass(isa);
    }
  },
};
