// What nvcc made of the kernels whose speed rests on it: no registers spilled, and the instructions they were written for.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { run } from '../command.mjs';
import { root } from '../root.mjs';

const wide = ['LDG.128'];
/** `needs`: in each of these kernels on each architecture, from `since` on. */
const families = [
  {
    name: 'attention metrics of bf16 and f16',
    kernels: /(row|column)_passINS_/,
    needs: ['HMMA', 'LDSM', 'LDGSTS'],
  },
  {
    name: 'attention metrics on warp groups',
    kernels: /(row|column)_pass_sm90I/,
    needs: ['HGMMA', 'UTMALDG'],
  },
  { name: 'attention metrics of f32', kernels: /(row|column)_passIf/, needs: ['HMMA', 'LDGSTS'] },
  {
    name: 'matrix product on tensor cores',
    kernels: /gemm_tensor_core_cu.*multiply/,
    needs: ['HMMA', 'LDSM', 'LDGSTS'],
  },
  {
    name: 'rows of logits',
    kernels: /log_prob_rowsI|gradient_rowsI|policy_rowsI/,
    needs: wide,
  },
  {
    // LD: what another block of the cluster has, and its own.
    name: 'rows of logits, on chip',
    kernels: /policy_rows_on_chip/,
    needs: ['LDGSTS', 'STG.128', 'LD'],
    since: 90,
  },
  { name: 'scans along rows', kernels: /scan_rows.*ELi(16|32)EL|scan_chunksI/, needs: wide },
  { name: 'scans along columns', kernels: /scan_columnsI/, needs: [] },
  // Its arrays come out of a table, so that the compiler cannot tell that they are in global memory.
  { name: 'gradient statistics', kernels: /sum_unitsE/, needs: ['LD.128'] },
];

/** A Node whose zlib has zstd, as kernels are compressed. */
function nodeWithZstd() {
  if (zlib.zstdDecompressSync) return process.execPath;
  const other = join(root, 'scripts/runtimes/node_modules/node-24/bin/node');
  return existsSync(other) ? other : undefined;
}

const range = (numbers) => {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? `${least}` : `${least}-${most}`;
};

const total = (kernel, opcode) =>
  Object.entries(kernel.opcodes)
    .filter(([name]) => name === opcode || name.startsWith(`${opcode}.`))
    .reduce((sum, [, count]) => sum + count, 0);

const spilled = ({ stack, opcodes }) => stack > 0 || opcodes.LDL > 0 || opcodes.STL > 0;

function judge(report, { name, kernels, needs, since = 0 }, all) {
  const own = all.filter((k) => kernels.test(k.kernel) && k.architecture >= since);
  if (own.length === 0) return report.fail(name, 'no such kernel in cuda.node');
  const place = ({ kernel, architecture }) => `sm_${architecture} ${kernel}`;
  const problems = own.flatMap((kernel) => [
    ...(spilled(kernel) ? [`${place(kernel)}: ${kernel.stack} bytes of stack`] : []),
    ...needs.filter((n) => total(kernel, n) === 0).map((n) => `${place(kernel)}: no ${n}`),
  ]);
  if (problems.length > 0) report.fail(name, problems.join('\n'));
  else report.pass(name);
  const counts = needs.map((need) => `${need} ${range(own.map((kernel) => total(kernel, need)))}`);
  const registers = range(own.map((kernel) => kernel.registers));
  report.note([`${name}: ${own.length}, ${registers} registers`, ...counts].join(', '));
}

/** Judges the kernels of a `cuda.node`. */
export async function checkKernels(report, binary) {
  const node = nodeWithZstd();
  if (!node) {
    report.skip('what nvcc made of kernels', 'reading it needs Node 22.15 or newer');
    return;
  }
  const script = join(root, 'scripts/checks/device-code.mjs');
  const all = (await run(node, [script, binary]))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const family of families) judge(report, family, all);
  const others = all.filter(
    (kernel) => spilled(kernel) && !families.some(({ kernels }) => kernels.test(kernel.kernel)),
  );
  const architectures = [...new Set(all.map(({ architecture }) => architecture))];
  report.note(
    `${all.length} kernels for sm_${architectures.join(', ')}; ${others.length} of the others keep something on the stack`,
  );
}
