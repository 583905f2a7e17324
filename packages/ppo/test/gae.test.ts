// gae: episodes small enough to do by hand, and refusals in the function's own names. Random rows are compared with
// a float64 reference in the op cases of gae.
import { gae } from '@anacrusis/ppo';
import { ArgumentError, tensor } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';

const row = (...values: number[]) => tensor(Float32Array.from(values), [1, values.length]);
const flags = (...values: number[]) => tensor(Uint8Array.from(values), [1, values.length]);
const settings = { gamma: 0.5, gaeLambda: 0.5 };
const two = { rewards: row(1, 2), values: row(4, 6) };

describe('gae', () => {
  it('stops at a terminated step and goes on from the last value elsewhere', () => {
    // second step: 2 - 6 = -4; first: 1 + 3 - 4 - 4 / 4 = -1
    const ended = gae({ ...two, terminated: flags(0, 1), ...settings });
    expect([[...ended.advantages.f32], [...ended.returns.f32]]).toEqual([
      [-1, -4],
      [3, 2],
    ]);
    // second step: 2 + 8 / 2 - 6 = 0; first: 1 + 3 - 4 = 0
    const lastValues = tensor(Float32Array.of(8));
    const cut = gae({ ...two, lastValues, terminated: flags(0, 0), ...settings });
    expect([...cut.advantages.f32]).toEqual([0, 0]);
  });

  it('counts the value of a state that was cut off, and nothing beyond', () => {
    // first step: 1 + 10 / 2 - 4 = 2 with the value 10 of the state that was cut off
    const nextValues = row(10, 8);
    const { advantages } = gae({
      ...two,
      nextValues,
      terminated: flags(0, 1),
      truncated: flags(1, 0),
      ...settings,
    });
    expect([...advantages.f32]).toEqual([2, -4]);
  });

  it('takes the last value for a row that is cut off before its padding', () => {
    // The second step does not count; first: 1 + 8 / 2 - 4 = 1
    const { advantages } = gae({
      ...two,
      lastValues: tensor(Float32Array.of(8)),
      terminated: flags(0, 0),
      truncated: flags(1, 1),
      mask: flags(1, 0),
      ...settings,
    });
    expect([...advantages.f32]).toEqual([1, 0]);
  });

  it('refuses in its own names', () => {
    const call = (changes: object) => () =>
      gae({ ...two, terminated: flags(0, 0), ...settings, ...changes });
    expect(call({ truncated: flags(1, 0) })).toThrow(/gae: nextValues: expected an array/);
    expect(call({ gaeLambda: 1.5 })).toThrow(/gae: gaeLambda: expected .*\[0, 1\], received 1.5/);
    expect(call({ values: row(1) })).toThrow(ArgumentError);
    expect(call({ dones: flags(0, 0) })).toThrow(/dones/);
  });
});
