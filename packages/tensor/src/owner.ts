import type { Tensor } from './tensor.js';

/** The scopes that are open, the innermost last: each the tensors that it will free. */
export const scopes: Set<Tensor>[] = [];

/** Gives a tensor to the innermost scope; returns that scope. */
export function register(tensor: Tensor): Set<Tensor> | null {
  const scope = scopes[scopes.length - 1];
  if (!scope) return null;
  scope.add(tensor);
  return scope;
}
