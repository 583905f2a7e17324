// npm start: set-up, then the main job in this same process, so that signals reach it directly.
import './node-version.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './root.mjs';

const { setupOrExit } = await import('./setup/main.mjs');
await setupOrExit();

const main = join(root, 'packages/cli/dist/main.js');
if (existsSync(main)) {
  process.argv.splice(1, 1, main, 'train', 'post-train');
  await import(pathToFileURL(main).href);
} else {
  console.error('The command line (packages/cli/src/main.ts) is not written yet; try npm test.');
  process.exitCode = 1;
}
