// The yardsticks themselves, so that a run says what its machine gave.
export const title = 'moving memory';

const noise = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i));

function copyCase(n) {
  const args = () => ({ n, x: noise(n), y: new Float32Array(n) });
  return {
    name: `copy ${n}`,
    op: 'copy',
    args,
    bytes: 8 * n,
    against: 'copy',
    peer: { name: 'copy' },
  };
}

function readCase(n) {
  const args = () => ({ n, x: noise(n), sum: new Int32Array(1) });
  return { name: `bit_sum ${n}`, op: 'bit_sum', args, bytes: 4 * n, against: 'read' };
}

export const cases = [copyCase(2 ** 24 + 3), readCase(2 ** 24 + 3)];
