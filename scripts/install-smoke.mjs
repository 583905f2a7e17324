// Runs in an empty folder outside the workspace where the packed packages are installed: imports them all,
// then calls a kernel on plain typed arrays, at once, later and in a worker.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { cpu, cpuInfo } from '@anacrusis/native';

// By hand, gamma 0.9 and lambda 0.8, so a step back weighs 0.72: delta = 1.4, 2.35, 1.5 and the
// episode ends after the third step.
const wanted = [1.4 + 0.72 * (2.35 + 0.72 * 1.5), 2.35 + 0.72 * 1.5, 1.5];

function call() {
  return {
    ...{ N: 1, steps: 3, layout: 'rows', gamma: 0.9, gae_lambda: 0.8, masked: 'zero' },
    rewards: Float32Array.of(1, 2, 3),
    values: Float32Array.of(0.5, 1, 1.5),
    terminated: Uint8Array.of(0, 0, 1),
    advantages: new Float32Array(3),
    returns: new Float32Array(3),
  };
}

function check(where, { values, advantages, returns }) {
  wanted.forEach((want, t) => {
    const near = (got, expected) => Math.abs(got - expected) <= 1e-6 * Math.abs(expected);
    if (near(advantages[t], want) && near(returns[t], want + values[t])) return;
    throw new Error(`${where}: advantage ${advantages[t]} at step ${t}, expected ${want}`);
  });
}

async function kernels(where) {
  const now = call();
  cpu.gae(now);
  check(`${where}, synchronous`, now);
  const later = call();
  await cpu.gae_async(later);
  check(`${where}, asynchronous`, later);
  try {
    cpu.gae({ ...call(), returns: new Float32Array(2) });
  } catch (error) {
    if (error.code === 'ERR_SHAPE' && error.parameter === 'returns') return;
    throw error;
  }
  throw new Error(`${where}: two returns for three steps went unnoticed`);
}

if (isMainThread) {
  await kernels('main thread');
  for (const name of process.argv.slice(2)) await import(name);
  await new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url));
    worker.on('message', (text) => (text === 'right' ? resolve() : reject(new Error(text))));
    worker.on('error', reject);
  });
  console.log(`right (${cpuInfo().isa})`);
} else {
  await kernels('worker').then(
    () => parentPort.postMessage('right'),
    (error) => parentPort.postMessage(String(error)),
  );
}
