// The backward pass is the transpose of the forward pass, which is linear in the table:
// <embedding(table), dy> = <table, embedding_backward(dy)>.
import { cpu } from '@anacrusis/native';
import { Random } from '@anacrusis/testing';
import { expect, it } from 'vitest';

it('is the transpose of embedding', () => {
  const random = new Random(5);
  const [V, D, T] = [11, 13, 201];
  const [table, dy] = [random.f32(V * D), random.f32(T * D)];
  const ids = random.i32(T, 0, V - 1);
  const y = new Float32Array(T * D);
  const dtable = new Float32Array(V * D);
  cpu.embedding({ V, D, T, table, ids, y });
  cpu.embedding_backward({ V, D, T, ids, dy, dtable });
  const left = y.reduce((sum, value, i) => sum + value * dy[i]!, 0);
  const right = table.reduce((sum, value, i) => sum + value * dtable[i]!, 0);
  expect(Math.abs(left)).toBeGreaterThan(1);
  expect(Math.abs(left - right)).toBeLessThan(1e-3);
});
