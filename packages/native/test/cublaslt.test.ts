// cuBLASLt, which is opened at run time: a stand-in that computes what the library's reference says, in
// columns and on host memory, takes the calls that the emulated device makes. So every case of matmul shows
// whether sizes, steps, transposes, batches, bias and beta reach the library as meant.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'cublaslt-'));
const library = join(folder, 'libcublasLt.so');
const source = join(root, 'native/test/fake_cublaslt.cpp');
const include = `-I${join(root, 'native')}`;
execFileSync('g++', ['-std=c++20', '-O2', '-shared', '-fPIC', include, source, '-o', library]);
afterAll(() => rmSync(folder, { recursive: true }));

/** Every case of matmul on the emulated device, in a process of its own: [cases, problems]. */
function matmulCases(env: Record<string, string>): [number, string[]] {
  const script = `
    import { device } from '@anacrusis/native';
    import { allOpCases, compareOutputs, Random, runOnDevice, useEmulator } from '@anacrusis/testing';
    useEmulator();
    const cuda = device('cuda:0');
    const all = (await allOpCases()).find(({ op }) => op === 'matmul');
    const problems = all.cases.flatMap(({ name, args }, index) => {
      const expected = all.reference(args(new Random(index + 1)));
      const call = args(new Random(index + 1));
      runOnDevice(cuda, 'matmul', call);
      return compareOutputs(all, call, expected).map((problem) => name + ': ' + problem);
    });
    console.log(JSON.stringify([all.cases.length, problems]));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: join(root, 'packages/native'),
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return JSON.parse(output.trim().split('\n').at(-1)!) as [number, string[]];
}

interface Product {
  rows: number;
  columns: number;
  terms: number;
  batch: number;
  alive: number;
}

function products(log: string): Product[] {
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Product);
}

it('computes every product that it takes', () => {
  const log = join(folder, 'log');
  const env = { ANACRUSIS_CUBLASLT: library, FAKE_CUBLASLT_LOG: log };
  const [count, problems] = matmulCases(env);
  expect(problems).toEqual([]);
  const made = products(log);
  // All but the empty ones (no rows, columns, terms or matrices).
  expect(made.length).toBe(count - 10);
  expect(made.some(({ batch }) => batch > 1)).toBe(true);
  // The handle, the description and three layouts of the call under way: nothing is left over.
  expect(new Set(made.map(({ alive }) => alive))).toEqual(new Set([5]));
}, 60_000);

it('leaves a product that the library refuses to the own kernels', () => {
  const log = join(folder, 'refused');
  const env = { ANACRUSIS_CUBLASLT: library, FAKE_CUBLASLT_LOG: log, FAKE_CUBLASLT_REFUSES: '1' };
  expect(matmulCases(env)[1]).toEqual([]);
  expect(products(log)).toEqual([]);
}, 60_000);

it('is left out with ANACRUSIS_GEMM=tiled', () => {
  const log = join(folder, 'tiled');
  const env = { ANACRUSIS_CUBLASLT: library, FAKE_CUBLASLT_LOG: log, ANACRUSIS_GEMM: 'tiled' };
  expect(matmulCases(env)[1]).toEqual([]);
  expect(products(log)).toEqual([]);
}, 60_000);
