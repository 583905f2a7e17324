import { expectSynchronous } from './expect.js';
import { scopes } from './owner.js';
import { Tensor } from './tensor.js';

/** Takes a tensor out of its scope: the caller frees it. Returns it. */
export function keep<T extends Tensor>(tensor: T): T {
  tensor.owner?.delete(tensor);
  tensor.owner = null;
  return tensor;
}

function* tensorsIn(value: unknown, seen = new Set<object>()): Generator<Tensor> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (value instanceof Tensor) yield value;
  else if (!seen.has(value)) {
    seen.add(value);
    const collection = value instanceof Map || value instanceof Set;
    for (const item of collection ? value.values() : Object.values(value))
      yield* tensorsIn(item, seen);
  }
}

/**
 * Runs `body` and frees every tensor made inside, except those that it returns (alone, or anywhere in
 * arrays, objects, maps and sets): they pass to the scope around. Frees on an exception too.
 *
 * What `backward` needs must be alive when it is called: call it in the scope of the forward pass.
 * @throws ArgumentError when `body` returns a promise: memory cannot be freed under a running job.
 */
export function scope<R>(body: () => R): R {
  const own = new Set<Tensor>();
  scopes.push(own);
  try {
    const result = body();
    expectSynchronous('scope', result);
    const outer = scopes[scopes.length - 2] ?? null;
    for (const tensor of tensorsIn(result)) {
      if (!own.delete(tensor)) continue;
      outer?.add(tensor);
      tensor.owner = outer;
    }
    return result;
  } finally {
    scopes.pop();
    for (const tensor of own) tensor.dispose();
  }
}
