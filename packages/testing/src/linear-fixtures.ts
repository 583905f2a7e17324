import { decoded, encoded, type FloatType } from './floats.js';
import type { OpArgs } from './op-cases.js';
import { policyArrays } from './policy-fixtures.js';
import type { Random } from './random.js';
import { linearTokenLogProbs } from './reference/linear_logits.js';
import type { PolicyInput } from './reference/policy_token.js';

export interface LinearOptions {
  dtype?: FloatType;
  temperature?: number;
  outside?: boolean;
  workspace?: number;
  accumulate?: boolean;
  frozen?: boolean;
  entropy?: boolean;
}

/** Hidden states, a head that makes logits of about +-2 of them, and drawn tokens. */
export function linearForward(
  r: Random,
  T: number,
  V: number,
  D: number,
  options: LinearOptions = {},
) {
  const { dtype = 'f32', temperature = 0.8, outside = false } = options;
  return {
    ...{ T, V, D, dtype, temperature },
    hidden: encoded(r.f32(T * D), dtype),
    weight: encoded(r.f32(V * D, 2 / Math.sqrt(D)), dtype),
    targets: outside ? r.i32(T, -2, V + 1) : r.i32(T, 0, V - 1),
  };
}

const rowResults = (T: number): OpArgs => ({
  logp: new Float32Array(T).fill(NaN),
  entropy: new Float32Array(T).fill(NaN),
});

export function linearForwardArgs(
  r: Random,
  T: number,
  V: number,
  D: number,
  o: LinearOptions = {},
): OpArgs {
  const given = linearForward(r, T, V, D, o);
  const lse = new Float32Array(T).fill(NaN);
  return { ...given, ignore_outside: o.outside ?? false, ...rowResults(T), lse };
}

function gradientArrays(r: Random, T: number, V: number, D: number, o: LinearOptions): OpArgs {
  const { dtype = 'f32', workspace = 1 << 20, accumulate = false } = o;
  const before = accumulate ? r.f32(V * D) : new Float32Array(V * D).fill(NaN);
  return {
    ...{ workspace_bytes: workspace, accumulate },
    dhidden: encoded(new Float32Array(T * D), dtype).fill(7),
    dweight: o.frozen ? undefined : before,
  };
}

export function linearBackwardArgs(
  r: Random,
  T: number,
  V: number,
  D: number,
  o: LinearOptions = {},
): OpArgs {
  const sparse = (): Float32Array => r.f32(T).map((g) => (r.uniform() < 0.3 ? 0 : g));
  return {
    ...linearForward(r, T, V, D, o),
    ignore_outside: o.outside ?? false,
    dlogp: sparse(),
    dentropy: (o.entropy ?? true) ? sparse() : undefined,
    ...gradientArrays(r, T, V, D, o),
  };
}

export function linearPolicyArgs(
  r: Random,
  T: number,
  V: number,
  D: number,
  o: LinearOptions = {},
  policy: Partial<PolicyInput> = {},
): OpArgs {
  const given = linearForward(r, T, V, D, o);
  const inside = given.targets.map((target) => Math.min(Math.max(target, 0), V - 1));
  const { logp } = linearTokenLogProbs({ ...given, targets: inside }) as { logp: Float64Array };
  return {
    ...given,
    ...policyArrays(r, logp, policy),
    ...{ loss: new Float64Array(1), losses: new Float32Array(T).fill(NaN) },
    ...rowResults(T),
    ...gradientArrays(r, T, V, D, o),
  };
}

/** Tokens that do not count hold NaN. */
export function withoutUncounted(made: OpArgs, counted: Float32Array, others: string[]): OpArgs {
  const [D, dtype] = [made.D as number, made.dtype as FloatType];
  const hidden = Float32Array.from(decoded(made.hidden as Float32Array, dtype));
  counted.forEach((factor, token) => {
    if (factor !== 0) return;
    hidden.fill(NaN, token * D, (token + 1) * D);
    for (const name of others) (made[name] as Float32Array)[token] = NaN;
  });
  return { ...made, hidden: encoded(hidden, dtype) };
}
