import { opsOf, zeros, type Tensor } from '@anacrusis/tensor';
import { refuse } from './refuse.js';

/** Heads of one layer, as indices. */
export interface HeadChoice {
  local: readonly number[];
  global: readonly number[];
}

/** 1 for each head of a list. */
export function headFlags(
  op: string,
  name: string,
  heads: readonly number[],
  H: number,
): Uint8Array {
  if (!Array.isArray(heads) && !ArrayBuffer.isView(heads)) {
    throw refuse(op, name, 'a list of heads', heads, 'ERR_TYPE');
  }
  const flags = new Uint8Array(H);
  for (const h of heads as readonly number[]) {
    const known = Number.isInteger(h) && h >= 0 && h < H && !flags[h];
    if (!known) throw refuse(op, name, `different heads in [0, ${H - 1}]`, h);
    flags[h] = 1;
  }
  return flags;
}

/** Sum over the chosen heads of a signal whose rows are [...,H,L]. */
export function sumHeads(
  values: Tensor,
  rows: { S: number; L: number },
  heads: Uint8Array,
  shape: number[],
  factor = 1,
): Tensor {
  const sums = zeros(shape, 'f32', values);
  opsOf('head_sums', { values }).head_sums({
    ...rows,
    H: heads.length,
    values: values.raw,
    heads,
    factor,
    sums: sums.raw,
  });
  return sums;
}

/** Sum or mean over the query heads of each key head: [B,H,T] to [B,Hkv,T], [H,T] to [Hkv,T]. */
export function sumGroups(values: Tensor, shape: number[], kind: 'mean' | 'sum'): Tensor {
  const L = shape.at(-1)!;
  const groups = shape.slice(0, -1).reduce((product, n) => product * n, 1);
  const all = values.shape.slice(0, -1).reduce((product, n) => product * n, 1);
  const heads = new Uint8Array(groups > 0 ? all / groups : 1).fill(1);
  return sumHeads(values, { S: groups, L }, heads, shape, kind === 'mean' ? 1 / heads.length : 1);
}
