// Checks that are one program each.
import { join } from 'node:path';
import { runNode } from '../command.mjs';
import { root } from '../root.mjs';

const installed = (path) => join(root, 'node_modules', path);

export const format = {
  name: 'format',
  run: () =>
    runNode([installed('prettier/bin/prettier.cjs'), '--check', '.', '--log-level', 'warn']),
};

export const lint = {
  name: 'lint',
  run: () => runNode([installed('oxlint/bin/oxlint'), '--deny-warnings']),
};

export const types = {
  name: 'types',
  async run() {
    const tsc = installed('typescript/bin/tsc');
    await runNode([tsc, '-b']);
    await runNode([tsc, '-p', 'tsconfig.test.json']);
  },
};

export const generated = {
  name: 'generated files',
  run: () => runNode(['scripts/generate.mjs', '--check']),
};
