import { decoded, encoded, type FloatType } from './floats.js';
import type { OpArgs, OpCases } from './op-cases.js';
import { drawnPolicy, policyArrays } from './policy-fixtures.js';
import { Random } from './random.js';
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

const edges = [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33];
const wideEdges = [...edges, 63, 64, 65, 127, 128, 129];

type LinearArgs = (
  r: Random,
  T: number,
  V: number,
  D: number,
  options: LinearOptions,
  policy: Partial<PolicyInput>,
) => OpArgs;

/** Small shapes beside the edges of vectors, panels and tiles, with options drawn together. */
export function drawnLinear(count: number, types: FloatType[], args: LinearArgs): OpCases['cases'] {
  return Array.from({ length: count }, (_, seed) => {
    const r = new Random(7000 + seed);
    const [V, D] = [r.of(wideEdges), r.of(wideEdges)];
    const T = r.of(edges.filter((tokens) => tokens === 1 || tokens * V * D <= 30_000));
    const options: LinearOptions = {
      dtype: r.of(types),
      temperature: r.of([0.8, 1, 0.4, 2.5]),
      outside: r.uniform() < 0.25,
      workspace: r.of([0, 3000, 40_000, 1 << 20]),
      accumulate: r.uniform() < 0.3,
      frozen: r.uniform() < 0.15,
      entropy: r.uniform() < 0.7,
    };
    const policy = drawnPolicy(r);
    const { dtype, workspace } = options;
    return {
      name: `drawn ${seed}: ${T} tokens, V ${V}, D ${D}, ${dtype}, ${workspace} bytes`,
      args: (random: Random) => args(random, T, V, D, options, policy),
    };
  });
}
