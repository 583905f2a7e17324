// runtime/gemm.h, which every kernel with a product inside calls, on the emulator: element types, steps
// longer than a row, alpha and beta, panels, and edges of the tiles that the ops do not reach. Expected: the
// sum of products in float64 over the elements as they were rounded.
import { decoded, encoded, Random, useEmulator, type FloatType } from '@anacrusis/testing';
import { expect, it } from 'vitest';

const simt = useEmulator();
const types: FloatType[] = ['f32', 'bf16', 'f16'];

interface Product {
  sizes: readonly [M: number, N: number, K: number];
  type?: FloatType;
  cType?: FloatType;
  ta?: boolean;
  tb?: boolean;
  pad?: number;
  batch?: number;
  alpha?: number;
  beta?: number;
  bias?: boolean;
  packed?: boolean;
}

interface Result {
  c: Float64Array;
  /** Products in float64 where c has an element, what was there before in between. */
  want: Float64Array;
}

function multiply(product: Product): Result {
  const { type = 'f32', cType = 'f32', ta = false, tb = false, pad = 0, batch = 1 } = product;
  const { alpha = 1, beta = 0, packed = false } = product;
  const [M, N, K] = product.sizes;
  const random = new Random(3 * N + 5 * K);
  const [lda, ldb, ldc] = [(ta ? M : K) + pad, (tb ? K : N) + pad, N + pad];
  const steps = [(ta ? K : M) * lda, (tb ? N : K) * ldb, M * ldc] as const;
  // b first: a of more rows begins like one of few.
  const b = encoded(random.f32(batch * steps[1]), type);
  const a = encoded(random.f32(batch * steps[0]), type);
  const c = encoded(random.f32(batch * steps[2]), cType);
  const bias = product.bias ? random.f32(N) : new Float32Array(0);
  const [left, right, want] = [decoded(a, type), decoded(b, type), decoded(c, cType)];
  for (let at = 0; at < batch * M * N; at++) {
    const [i, m, n] = [Math.floor(at / (M * N)), Math.floor(at / N) % M, at % N];
    const to = i * steps[2] + m * ldc + n;
    let sum = 0;
    for (let k = 0; k < K; k++) {
      const x = left[i * steps[0] + (ta ? k * lda + m : m * lda + k)]!;
      sum += x * right[i * steps[1] + (tb ? n * ldb + k : k * ldb + n)]!;
    }
    want[to] = alpha * sum + (beta === 0 ? 0 : beta * want[to]!) + (bias[n] ?? 0);
  }
  // Panel p of 16 columns is [K, 16].
  const panels = b.slice(0, 0).constructor as new (n: number) => typeof b;
  const packedB = new panels(Math.ceil(N / 16) * K * 16);
  for (let i = 0; packed && i < N * K; i++) {
    const [n, k] = [Math.floor(i / K), i % K];
    packedB[Math.floor(n / 16) * K * 16 + k * 16 + (n % 16)] = b[tb ? n * ldb + k : k * ldb + n]!;
  }
  const numbers = [M, N, K, ta, tb && !packed, types.indexOf(type), types.indexOf(cType)];
  const layout = [lda, packed ? 16 : ldb, ldc, batch, ...steps, alpha, beta, packed ? 16 * K : 0];
  const words = Float64Array.from([...numbers, ...layout], Number);
  simt.gemm(words, a, packed ? packedB : b, bias, c);
  return { c: decoded(c, cType), want };
}

/** Largest difference over what is allowed: float32 sums of K terms, and one rounding to the type of c. */
function worst(product: Product): number {
  const { c, want } = multiply(product);
  const rounding = { f32: 1e-6, bf16: 2 ** -8, f16: 2 ** -11 }[product.cType ?? 'f32'];
  const sums = 4e-7 * (product.sizes[2] + 10);
  return want.reduce((most, w, i) => {
    const error = Math.abs(c[i]! - w) / (sums + rounding * Math.abs(w));
    return error <= most ? most : error;
  }, 0);
}

const layouts = [{}, { ta: true }, { tb: true }, { ta: true, tb: true }];
const sizes = [
  [1, 17, 5],
  [9, 33, 129],
  [65, 63, 130],
  [67, 136, 33],
  [130, 72, 40],
  [136, 129, 96],
  [12, 36, 1100],
  [66, 5, 0],
] as const;
const options = [{}, { pad: 3, alpha: 1.5, beta: 0.5, bias: true, batch: 2 }, { pad: 8, beta: 1 }];

it.each(types)(
  'multiplies %s in every layout',
  (type) => {
    for (const shape of sizes) {
      for (const layout of layouts) {
        for (const option of options) {
          for (const cType of new Set<FloatType>(['f32', type])) {
            const product = { sizes: shape, type, cType, ...layout, ...option };
            expect(worst(product), JSON.stringify(product)).toBeLessThanOrEqual(1);
          }
        }
      }
    }
  },
  120_000,
);

it.each(types)(
  'reads panels of %s',
  (type) => {
    for (const shape of [...sizes.slice(0, 5), [8, 16, 260], [131, 41, 64]] as const) {
      const product = { sizes: shape, type, tb: true, packed: true };
      expect(worst(product), JSON.stringify(product)).toBeLessThanOrEqual(1);
    }
  },
  60_000,
);

it('gives a row of f32 the same bits from few rows, many rows and panels', () => {
  for (const tb of [false, true]) {
    const [N, K] = [45, 1300];
    const rows = (M: number, packed: boolean): Float64Array => {
      const { c } = multiply({ sizes: [M, N, K], tb, packed });
      return c;
    };
    const many = rows(65, false);
    for (const [M, packed] of [
      [65, true],
      [3, false],
      [3, true],
      [11, false],
      [64, true],
    ] as const) {
      expect(rows(M, packed)).toEqual(many.subarray(0, M * N));
    }
  }
});
