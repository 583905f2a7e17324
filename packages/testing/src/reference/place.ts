import type { Expected, OpArgs } from '../op-cases.js';

/** Walks over dy and puts every element where its index says. */
export function place(args: OpArgs): Expected {
  const [outer, n, inner] = [args['outer'], args['n'], args['inner']] as [number, number, number];
  const [dy, index] = [args['dy'] as Float32Array, args['index'] as Int32Array];
  const dx = new Float64Array(outer * n * inner);
  dy.forEach((value, i) => {
    const [o, j] = [Math.floor(i / inner), i % inner];
    dx[(o * n + index[i]!) * inner + j] = value;
  });
  return { dx };
}
