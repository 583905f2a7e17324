import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, runNode } from '../command.mjs';
import { root } from '../root.mjs';

const outputs = /(\.d\.ts|\.js)(\.map)?$/;

/** Outputs whose source is gone would still be loaded by name, and packed. */
function dropOrphans(source, output) {
  if (!existsSync(output)) return;
  for (const entry of readdirSync(output, { withFileTypes: true })) {
    const path = join(output, entry.name);
    if (entry.isDirectory()) dropOrphans(join(source, entry.name), path);
    else if (outputs.test(entry.name)) {
      if (!existsSync(join(source, entry.name.replace(outputs, '.ts')))) rmSync(path);
    }
  }
}

/** Compiles every package; TypeScript itself skips what is up to date. */
export async function compile() {
  for (const name of readdirSync(join(root, 'packages'))) {
    const folder = join(root, 'packages', name);
    dropOrphans(join(folder, 'src'), join(folder, 'dist'));
  }
  await runNode([join(root, 'node_modules/typescript/bin/tsc'), '-b']).catch((error) => {
    if (error instanceof CommandError) error.message = 'TypeScript found errors';
    throw error;
  });
}
