// What one raw call costs when there is nothing to compute: names, checks and the way into native code.
import { cpu } from '@anacrusis/native';
import { timePerCall } from './timing.mjs';

export const title = 'raw call with nothing to do';

const none = new Float32Array(0);
const flags = new Uint8Array(0);

const calls = {
  'softmax (4 fields)': () => cpu.softmax({ N: 0, V: 1, x: none, y: none }),
  'unary_backward (6 fields)': () =>
    cpu.unary_backward({ n: 0, x: none, y: none, dy: none, fn: 'silu', dx: none }),
  'gae (18 fields)': () =>
    cpu.gae({
      N: 0,
      steps: 0,
      layout: 'rows',
      rewards: none,
      values: none,
      terminated: flags,
      gamma: 0.99,
      gae_lambda: 0.95,
      masked: 'zero',
      advantages: none,
      returns: none,
    }),
};

export function run() {
  return Object.entries(calls).map(([name, call]) => {
    const microseconds = timePerCall(call) * 1e6;
    return { name, figures: { microseconds }, text: `${microseconds.toFixed(2)} us` };
  });
}
