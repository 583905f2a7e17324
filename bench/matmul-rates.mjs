// Our matrix products in the form of peers/openblas_sgemm.cpp; ANACRUSIS_ISA chooses the build.
import { readFileSync } from 'node:fs';
import { cpu, cpuInfo, setThreads } from '@anacrusis/native';

const CALLS = 30;

setThreads(1);
console.log(cpuInfo().isa);
for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const [M, N, K, ta, tb] = line.split(' ').map(Number);
  const a = new Float32Array(M * K).fill(0.5);
  const b = new Float32Array(N * K).fill(0.3);
  const c = new Float32Array(M * N);
  const sizes = { batch: 1, batch_b: 1, M, N, K, a, b, c };
  const args = { ...sizes, transpose_a: ta === 1, transpose_b: tb === 1, accumulate: false };
  let best = Infinity;
  for (let i = 0; i < CALLS; i++) {
    const start = process.hrtime.bigint();
    cpu.matmul(args);
    best = Math.min(best, Number(process.hrtime.bigint() - start));
  }
  console.log(`${line} ${((2 * M * N * K) / best).toFixed(1)}`);
}
