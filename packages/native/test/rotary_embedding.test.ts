// Identities of 2104.09864: the scores of turned queries and keys depend on the distance of their
// positions alone (eq. 11), and the backward pass is the transpose of the forward pass.
import { cpu } from '@anacrusis/native';
import { Random } from '@anacrusis/testing';
import { expect, it } from 'vitest';

const [P, D, half] = [64, 14, 7];

function table(): { cos: Float32Array; sin: Float32Array } {
  const cos = new Float32Array(P * half);
  const sin = new Float32Array(P * half);
  cpu.rotary_table({ P, D, half, theta: 1e4, cos, sin });
  return { cos, sin };
}

function turn(x: Float32Array, positions: number[], inverse = false): Float32Array {
  const y = new Float32Array(x.length);
  const [T, H] = [positions.length, x.length / (positions.length * D)];
  cpu.rotary_embedding({
    T,
    H,
    D,
    half,
    P,
    x,
    positions: Int32Array.from(positions),
    ...table(),
    inverse,
    y,
  });
  return y;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

it('keeps scores when both positions move by the same distance', () => {
  const random = new Random(3);
  const [q, k] = [random.f32(D), random.f32(D)];
  const near = dot(turn(q, [17]), turn(k, [4]));
  expect(Math.abs(near - dot(q, k))).toBeGreaterThan(0.1);
  for (const shift of [1, 20, 46]) {
    expect(Math.abs(dot(turn(q, [17 + shift]), turn(k, [4 + shift])) - near)).toBeLessThan(2e-5);
  }
});

it('has its transpose as inverse: <turn(x), g> = <x, inverse(g)>', () => {
  const random = new Random(4);
  const [x, g] = [random.f32(5 * 3 * D), random.f32(5 * 3 * D)];
  const positions = [0, 63, 2, 31, 31];
  const difference = dot(turn(x, positions), g) - dot(x, turn(g, positions, true));
  expect(Math.abs(difference)).toBeLessThan(2e-5);
});

it('refuses an odd head size', () => {
  const [cos, sin] = [new Float32Array(9), new Float32Array(9)];
  expect(() => cpu.rotary_table({ P: 3, D: 7, half: 3, theta: 1e4, cos, sin })).toThrow(
    /half of D = 7/,
  );
});
