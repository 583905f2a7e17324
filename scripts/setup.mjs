// npm run setup: everything that a fresh clone lacks. With --tests also what only the tests need.
import './node-version.mjs';

const { setupOrExit } = await import('./setup/main.mjs');
await setupOrExit({ tests: process.argv.includes('--tests') });
