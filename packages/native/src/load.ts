import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Binding, CpuBinding } from './binding.js';
import { DeviceError, makeError } from './errors.js';

const require = createRequire(import.meta.url);
const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
  version: string;
};

/** One place where a binary was looked for, and what came of it. */
export interface LoadAttempt {
  from: string;
  error?: string;
}

export interface Loaded<B extends Binding> {
  binding: B;
  /** Its file. */
  from: string;
}

const system = `@anacrusis/native-${process.platform}-${process.arch}`;

/** Name of the package that carries the binaries of this machine. Slow: it asks which libc runs. */
export function platformPackage(): string {
  if (process.platform !== 'linux') return system;
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } };
  return `${system}-${report?.header?.glibcVersionRuntime ? 'gnu' : 'musl'}`;
}

function candidates(file: string): string[] {
  const variable = `ANACRUSIS_${file === 'cpu.node' ? 'CPU' : 'CUDA'}_BINARY`;
  const explicit = process.env[variable];
  if (explicit) return [resolve(explicit)];
  // There are no binaries for another libc; the message of a failure says so.
  return [`${system}${process.platform === 'linux' ? '-gnu' : ''}/${file}`];
}

function loadFrom<B extends Binding>(from: string): B {
  const binding = require(from) as B;
  if (binding.version !== version) {
    throw new Error(`is version ${binding.version}, but @anacrusis/native is version ${version}`);
  }
  binding.registerErrors(makeError);
  return binding;
}

function remedy(): string {
  const name = platformPackage();
  if (name !== '@anacrusis/native-linux-x64-gnu') {
    return `There are binaries for Linux x64 with glibc >= 2.34 only; this machine wants ${name}.`;
  }
  return (
    `Install the binaries with: npm install ${name}@${version} ` +
    `(a lockfile made on another platform leaves them out: npm install --os=linux --cpu=x64 --libc=glibc). ` +
    'They need glibc >= 2.34. In a clone of the repository: npm run setup.'
  );
}

/**
 * Loads `cpu.node` or `cuda.node`: from the path in `ANACRUSIS_CPU_BINARY` / `ANACRUSIS_CUDA_BINARY`
 * when set, else from the platform package.
 * @throws DeviceError `ERR_NO_BINARY` listing every attempt and what to do.
 */
export function loadBinary<B extends Binding>(file: 'cpu.node' | 'cuda.node'): Loaded<B> {
  const attempts: LoadAttempt[] = [];
  for (const from of candidates(file)) {
    try {
      return { binding: loadFrom<B>(from), from: require.resolve(from) };
    } catch (error) {
      attempts.push({ from, error: (error as Error).message.split('\n')[0] ?? '' });
    }
  }
  const tried = attempts.map(({ from, error }) => `  ${from}: ${error}`).join('\n');
  throw new DeviceError(
    'ERR_NO_BINARY',
    `${file} could not be loaded; tried\n${tried}\n${remedy()}`,
  );
}

/** Loads the CPU binary, which every use of the package needs. */
export function loadCpu(): Loaded<CpuBinding> {
  return loadBinary<CpuBinding>('cpu.node');
}

/** Why there is no CUDA binary to load, or ''. Loads nothing. */
export function whyNoCudaBinary(): string {
  const from = candidates('cuda.node')[0] as string;
  try {
    if (existsSync(require.resolve(from))) return '';
  } catch {
    // Not resolved: not there.
  }
  return process.env['ANACRUSIS_CUDA_BINARY']
    ? `ANACRUSIS_CUDA_BINARY names ${from}, which does not exist`
    : 'the platform package holds no cuda.node';
}
