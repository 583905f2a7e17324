// The mutants of kernel files: one change of one line each.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from '../root.mjs';

const ops = 'native/ops';
const MOST_OPS = 4; // that judge a kernel of the runtime

const read = (path) => readFileSync(join(root, path), 'utf8');

function listed(folder, name) {
  return readdirSync(join(root, folder))
    .filter((file) => name.test(file))
    .map((file) => `${folder}/${file}`);
}

/** The `.cu` files that the emulator compiles. */
function units() {
  const folders = readdirSync(join(root, ops), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${ops}/${name}`);
  return [...folders, 'native/runtime']
    .flatMap((folder) => listed(folder, /\.cu$/))
    .filter((path) => !/_sm\d+a?\.cu$|cuda_device\.cu$|device_kernels\.cu$/.test(path));
}

/** Everything that holds kernel code: units, and headers in the vocabulary of kernels. */
export function kernelFiles() {
  const folders = readdirSync(join(root, ops), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${ops}/${name}`);
  const headers = [...folders, ops, 'native/runtime']
    .flatMap((folder) => listed(folder, /\.(cuh|h)$/))
    .filter((path) => !path.endsWith('/kernel_cuda.h'))
    .filter((path) => /\b(KERNEL|DEVICE|DEVICE_METHOD)\b/.test(read(path)));
  return [...units(), ...headers];
}

function includesOf(path, seen = new Set()) {
  for (const [, name] of read(path).matchAll(/^\s*#include "([^"]+)"/gm)) {
    const found = [`${dirname(path)}/${name}`, `native/${name}`].find((p) =>
      existsSync(join(root, p)),
    );
    if (!found || seen.has(found)) continue;
    seen.add(found);
    includesOf(found, seen);
  }
  return seen;
}

const opOf = (unit) => (unit.startsWith(`${ops}/`) ? basename(dirname(unit)) : undefined);

/** The units that a change of this file may change, those that include least first: they compile and run fastest. */
export function sourcesOf(file) {
  if (file.endsWith('.cu')) return [file];
  return units()
    .map((unit) => [includesOf(unit), unit])
    .filter(([included]) => included.has(file))
    .sort(([a], [b]) => a.size - b.size)
    .map(([, unit]) => unit);
}

/** The ops whose cases judge a unit: its own, or, of a kernel of the runtime, those that reach it through its header. */
export function opsOf(unit) {
  if (opOf(unit)) return [opOf(unit)];
  const header = `native/runtime/${basename(unit).replace(/_.*|\.cu$/, '')}.h`;
  return sourcesOf(header).map(opOf).filter(Boolean).slice(0, MOST_OPS);
}

const barriers = /\b(?:sync_threads|sync_warp|cluster_sync|copy_async_wait<[^>]*>)\([^()]*\);/g;
// a < b ? a : b is the smaller one with <=, too.
const minimum = /([\w.[\]]+) < ([^?&|]+?) \? (?:\1 : \2|\2 : \1)(?!\w)/g;
const bounds = [
  { from: / < /g, to: ' <= ' },
  { from: / <= /g, to: ' < ' },
  { from: / >= /g, to: ' > ' },
];

function* changes(line) {
  const code = line.replace(/\/\/.*$/, '');
  for (const match of code.matchAll(barriers)) {
    yield { kind: 'barrier', at: match.index, from: match[0], to: ';' };
  }
  if (/^\s*(template|static_assert|using|#|requires)|^\s*(static |inline )?constexpr /.test(code))
    return;
  const harmless = [...code.matchAll(minimum)].map(({ index, 0: text }) => [
    index,
    index + text.length,
  ]);
  for (const { from, to } of bounds) {
    for (const match of code.matchAll(from)) {
      if (harmless.some(([begin, end]) => match.index >= begin && match.index < end)) continue;
      yield { kind: 'bound', at: match.index, from: match[0], to };
    }
  }
}

/** The mutants of a file; an id stays the same while the file and the mutant do. */
export function mutantsOf(file) {
  const lines = read(file).split('\n');
  return lines.flatMap((text, i) =>
    [...changes(text)].map(({ kind, at, from, to }) => {
      const changed = text.slice(0, at) + to + text.slice(at + from.length);
      const source = [...lines.slice(0, i), changed, ...lines.slice(i + 1)].join('\n');
      const id = createHash('sha256').update(file).update(source).digest('hex').slice(0, 16);
      const change =
        kind === 'barrier' ? `without ${from}` : `${from.trim()} to ${to.trim()} at ${at}`;
      return { id, file, line: i + 1, at, from, text, kind, change, source };
    }),
  );
}
