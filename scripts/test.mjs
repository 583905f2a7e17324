// npm test: set-up, then every check. Arguments go to the checks: npm test -- --only arrows
import './node-version.mjs';

const { setupOrExit } = await import('./setup/main.mjs');
await setupOrExit({ tests: true });
await import('./check.mjs');
