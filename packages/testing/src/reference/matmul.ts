import type { Expected, OpArgs } from '../op-cases.js';

interface MatmulInput {
  batch: number;
  batch_b: number;
  M: number;
  N: number;
  K: number;
  a: Float32Array;
  b: Float32Array;
  transpose_a: boolean;
  transpose_b: boolean;
  accumulate: boolean;
  bias?: Float32Array;
  c: Float32Array;
}

/** c[m,n] = sum over k of op(a)[m,k] op(b)[k,n] (+ bias[n]) (+ c[m,n]). */
export function matmul(args: OpArgs): Expected {
  const x = args as unknown as MatmulInput;
  const { batch, M, N, K } = x;
  const c = new Float64Array(batch * M * N);
  for (let i = 0; i < batch; i++) {
    const a0 = i * M * K;
    const b0 = x.batch_b === 1 ? 0 : i * K * N;
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        const at = (i * M + m) * N + n;
        let sum = (x.accumulate ? x.c[at]! : 0) + (x.bias?.[n] ?? 0);
        for (let k = 0; k < K; k++) {
          const left = x.a[a0 + (x.transpose_a ? k * M + m : m * K + k)]!;
          sum += left * x.b[b0 + (x.transpose_b ? n * K + k : k * N + n)]!;
        }
        c[at] = sum;
      }
    }
  }
  return { c };
}
