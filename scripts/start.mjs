// npm start: set-up, then the main job in this same process, so that signals reach it directly.
import './node-version.mjs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './root.mjs';

const { setupOrExit } = await import('./setup/main.mjs');
await setupOrExit();

const main = join(root, 'packages/cli/dist/main.js');
process.argv.splice(1, 1, main, 'train', 'post-train');
await import(pathToFileURL(main).href);
if (process.exitCode === 130) console.error('or, in this clone: npm start -- --resume <folder>');
