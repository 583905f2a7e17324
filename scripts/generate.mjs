// Writes what follows from the op descriptions: packages/native/src/generated/ops.ts, docs/ops.md, docs/support.md.
// With --check it writes nothing and fails when a file is not what it would write.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const root = new URL('..', import.meta.url);
const require = createRequire(import.meta.url);
const { descriptions } = require('../packages/native-linux-x64-gnu/cpu.node');

const pascal = (name) => name.replace(/(^|_)([a-z0-9])/g, (_, __, letter) => letter.toUpperCase());

function range({ lo, hi, loOpen, kind }) {
  if (kind === 'dim' && lo === 0 && hi === Infinity) return '';
  if (lo === -Infinity && hi === Infinity) return '';
  return `${loOpen ? '(' : '['}${lo === -Infinity ? '-inf' : lo}, ${hi === Infinity ? 'inf' : hi}]`;
}

const arrayType = ({ dtype, onHost }) => `${onHost ? 'HostMemory' : 'M'}['${dtype}']`;

function fieldType(field) {
  switch (field.kind) {
    case 'flag':
      return 'boolean';
    case 'choice':
      return field.choices
        .split('|')
        .map((choice) => `'${choice}'`)
        .join(' | ');
    case 'array':
      return arrayType(field);
    case 'arrays':
      return `readonly ${arrayType(field)}[]`;
    default:
      return 'number';
  }
}

function fieldNote(field) {
  const parts = [];
  const type = field.dtypeFrom ? `of ${field.dtypeFrom}` : field.dtype;
  if (field.kind === 'array') parts.push(`[${field.shape}] ${type}`);
  if (field.onHost) parts.push('typed array on every device');
  if (field.kind === 'arrays') parts.push(`list of ${field.dtype}`);
  if (field.kind === 'arrays' && field.shape) parts.push(`lengths as ${field.shape}`);
  if (field.role !== 'in') parts.push(field.role === 'out' ? 'output' : 'updated in place');
  if (field.inPlace) parts.push(`may be ${field.inPlace} itself`);
  if (field.valuesLo) parts.push(`values in [${field.valuesLo}, ${field.valuesHi}]`);
  const limits = range(field);
  if (limits) parts.push(limits);
  return parts.join('; ');
}

function argsInterface(op) {
  const lines = op.fields.map((field) => {
    const note = fieldNote(field);
    const optional = field.optional ? '?' : '';
    const type = fieldType(field) + (field.optional ? ' | null | undefined' : '');
    return `  /** ${note ? `${note}: ` : ''}${field.about} */\n  ${field.name}${optional}: ${type};`;
  });
  return `/** ${op.about} */
export interface ${pascal(op.name)}Args<M extends Memory = HostMemory> {
${lines.join('\n')}
}
`;
}

function binder(op) {
  const value = (field) =>
    field.kind === 'arrays' ? `plainList(a.${field.name})` : `a.${field.name}`;
  const values = op.fields.map(value).join(', ');
  const names = op.fields.map((field) => `'${field.name}'`).join(', ');
  return `  const ${op.name}_names = new Set([${names}]);
  const ${op.name}_raw = rawOp(binding, '${op.name}');
  const ${op.name}_raw_async = rawAsyncOp(binding, '${op.name}');
  const ${op.name} = (a: ${pascal(op.name)}Args<M>): void => {
    checkNames('${op.name}', ${op.name}_names, a);
    ${op.name}_raw(${values});
  };
  const ${op.name}_async = async (a: ${pascal(op.name)}Args<M>): Promise<void> => {
    checkNames('${op.name}', ${op.name}_names, a);
    return ${op.name}_raw_async(${values});
  };`;
}

function typescript() {
  const each = (make) => descriptions.map(make).join('\n');
  const lists = descriptions.some((op) => op.fields.some(({ kind }) => kind === 'arrays'));
  return `// Generated from the op descriptions by scripts/generate.mjs; do not edit.
import type { Binding } from '../binding.js';
import { checkNames, ${lists ? 'plainList, ' : ''}rawAsyncOp, rawOp } from '../call.js';

/** The array types of a back end, by dtype. */
export interface Memory {
  f32: object;
  f64: object;
  i32: object;
  u8: object;
  /** f32, bf16 or f16. */
  floats: object;
}

/** Arrays of the CPU back end. */
export interface HostMemory extends Memory {
  f32: Float32Array;
  f64: Float64Array;
  i32: Int32Array;
  u8: Uint8Array;
  /** f32, or bf16 and f16 as their bits. */
  floats: Float32Array | Uint16Array;
}

${each(argsInterface)}
/** Every op, synchronous and asynchronous. On the CPU the asynchronous form
 * copies its inputs before it returns; on a device it resolves when the work is done. */
export interface Ops<M extends Memory = HostMemory> {
${each((op) => {
  const args = `${pascal(op.name)}Args<M>`;
  return `  /** ${op.about} */\n  ${op.name}(a: ${args}): void;\n  ${op.name}_async(a: ${args}): Promise<void>;`;
})}
}

/** The ops of one binary. */
export function bindOps<M extends Memory>(binding: Binding): Ops<M> {
${each(binder)}
  return {
${each((op) => `    ${op.name},\n    ${op.name}_async,`)}
  };
}
`;
}

function table() {
  const sections = descriptions.map((op) => {
    const rows = op.fields.map(
      (field) =>
        `| \`${field.name}\` | ${field.kind}${field.optional ? ', optional' : ''} | ${fieldNote(field)} | ${field.about} |`,
    );
    const devices = `CPU${op.onCuda ? ', CUDA' : ''}`;
    return `## ${op.name}\n\n${op.about} Devices: ${devices}.\n\n| field | kind | rules | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  const support = descriptions.map(
    (op) => `| \`${op.name}\` | yes | ${op.onCuda ? 'yes' : 'no'} |`,
  );
  return `# Ops\n\nGenerated from the op descriptions by \`scripts/generate.mjs\`; do not edit.\n\n| op | CPU | CUDA |\n| --- | --- | --- |\n${support.join('\n')}\n\n${sections.join('\n')}`;
}

/** Lines of bench/results/devices.jsonl: what each op's cases gave on a real device (scripts/gpu). */
function deviceRuns() {
  const path = new URL('bench/results/devices.jsonl', root);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').trim().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line)).filter(({ sanitized }) => !sanitized);
}

function support() {
  const runs = deviceRuns();
  const gpus = [...new Set(runs.map(({ gpu }) => gpu))];
  const cell = (op, gpu) => {
    const last = runs.filter((run) => run.op === op && run.gpu === gpu).at(-1);
    if (!last) return 'not run';
    const verdict = last.failures.length > 0 ? `**${last.failures.length} of ` : '';
    return `${verdict}${last.cases}${verdict ? ' fail**' : ' cases'} (${last.commit})`;
  };
  const head = ['op', 'CPU', 'CUDA kernel, on the SIMT emulator', ...gpus];
  const rows = descriptions.map(({ name, onCuda }) => [
    `\`${name}\``,
    'yes',
    onCuda ? 'yes' : 'no kernel',
    ...gpus.map((gpu) => (onCuda ? cell(name, gpu) : '')),
  ]);
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const open =
    gpus.length > 0
      ? ''
      : 'No column of a real GPU yet: **no kernel of this release has been run on one.** nvcc compiles all of them, ' +
        'and the emulator runs them; weak memory order, tensor core layouts and speed are what that cannot show.\n\n';
  return (
    '# What has been run where\n\nGenerated by `scripts/generate.mjs` from the op descriptions and ' +
    'bench/results/devices.jsonl; do not edit. CPU: the op cases of the test suite, on every instruction set. SIMT ' +
    'emulator: the same cases on the CUDA sources in every test run (native/test/simt). A GPU: the same ' +
    'cases on that device, by the bundle of `pnpm gpu:bundle`.\n\n' +
    `${open}${table.join('\n')}\n`
  );
}

const files = {
  'docs/support.md': support(),
  'packages/native/src/generated/ops.ts': typescript(),
  'docs/ops.md': table(),
};

let stale = 0;
for (const [path, text] of Object.entries(files)) {
  const url = new URL(path, root);
  let current = '';
  try {
    current = readFileSync(url, 'utf8');
  } catch {}
  if (current === text) continue;
  stale++;
  if (process.argv.includes('--check')) {
    console.error(`${path} is not what the op descriptions give: run node scripts/generate.mjs`);
    continue;
  }
  mkdirSync(new URL('.', url), { recursive: true });
  writeFileSync(url, text);
  console.log(`wrote ${path}`);
}
process.exitCode = process.argv.includes('--check') && stale > 0 ? 1 : 0;
