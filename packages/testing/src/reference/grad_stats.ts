import type { Expected, OpArgs } from '../op-cases.js';

interface Input {
  grads: Float32Array[];
  rows: Int32Array;
  cols: Int32Array;
}

/** Means of |g| over a neuron's parameters and over a layer's (2505.24061, eq. 2). */
export function gradStats(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const per_neuron: number[] = [];
  const per_layer: number[] = [];
  const normalized: number[] = [];
  a.grads.forEach((grad, layer) => {
    const rows = a.rows[layer]!;
    const cols = a.cols[layer]!;
    const sums = Array.from({ length: rows }, (_, r) =>
      grad.subarray(r * cols, (r + 1) * cols).reduce((sum, g) => sum + Math.abs(g), 0),
    );
    const mean = grad.length ? sums.reduce((x, y) => x + y, 0) / grad.length : 0;
    per_layer.push(mean);
    for (const sum of sums) {
      per_neuron.push(cols ? sum / cols : 0);
      normalized.push(mean === 0 ? 0 : sum / cols / mean);
    }
  });
  return { per_neuron, per_layer, normalized };
}
