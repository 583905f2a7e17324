// Soft: files that have outgrown the size at which one should look again.
import { read, sources } from './files.mjs';

const limits = [
  ['native/math', /\.h$/, 100],
  ['native/ops', /\.(cpp|h)$/, 120],
  ['native/ops', /\.cu$/, 350],
  ['packages', /^(?!.*\.test).*\.ts$/, 200],
  ['packages', /\.test\.ts$/, 400],
];

const limitOf = (path, limit) => (path.startsWith('packages/trainers/src/') ? 450 : limit);

export const sizes = {
  name: 'sizes',
  run(report) {
    for (const [folder, name, limit] of limits) {
      for (const path of sources(folder, name)) {
        const lines = read(path).split('\n').length - 1;
        const most = limitOf(path, limit);
        if (lines > most) report.note(`${path}: ${lines} lines, look again above ${most}`);
      }
    }
  },
};
