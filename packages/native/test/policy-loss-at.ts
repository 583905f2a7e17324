// The policy objectives as functions of the log-probabilities, in float64 and from the papers, with what is constant in
// them held at the point given: the function whose derivative policy_loss computes.

interface Input {
  T: number;
  S: number;
  logp: ArrayLike<number>;
  old_logp: ArrayLike<number>;
  behavior_logp?: ArrayLike<number> | undefined;
  ref_logp: ArrayLike<number>;
  advantages: ArrayLike<number>;
  entropy: ArrayLike<number>;
  mask: Uint8Array;
  offsets: Int32Array;
  objective: string;
  ratio: string;
  clip_low: number;
  clip_high: number;
  ratio_cap: number;
  positive_weight: number;
  negative_weight: number;
  behavior_cap: number;
  kl: string;
  kl_coef: number;
  entropy_coef: number;
  aggregation: string;
  denominator: number;
}

const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const sum = (values: number[]): number => values.reduce((total, x) => total + x, 0);

/** -J of one token, from the ratio now, the ratio at the point, and log pi now. */
function surrogate(a: Input, r: number, held: number, logp: number, A: number): number {
  const [low, high] = [1 - a.clip_low, 1 + a.clip_high];
  if (a.objective === 'reinforce') return -A * logp;
  if (a.objective === 'tis') return -Math.min(held, a.ratio_cap) * A * logp;
  if (a.objective === 'cispo') return -clip(held, low, high) * A * logp;
  if (a.objective === 'topr') {
    const weight = A > 0 ? a.positive_weight : a.negative_weight * Math.min(held, a.ratio_cap);
    return -weight * A * logp;
  }
  const ppo = Math.min(r * A, clip(r, low, high) * A);
  return -(a.objective === 'dual-clip' && A < 0 ? Math.max(ppo, a.ratio_cap * A) : ppo);
}

/** Loss of the batch by log-probabilities and entropies; a.logp is the point. */
export function policyLossAt(a: Input) {
  return (logp: ArrayLike<number>, entropy: ArrayLike<number>): number => {
    const sequences = Array.from({ length: a.S }, (_, s) => {
      const tokens = Array.from({ length: a.T }, (_, i) => i).filter(
        (i) => i >= a.offsets[s]! && i < a.offsets[s + 1]! && a.mask[i] === 1,
      );
      const logRatios = (from: ArrayLike<number>): number[] =>
        tokens.map((i) => from[i]! - a.old_logp[i]!);
      const advantages = tokens.map((i) => a.advantages[i]!);
      const mean = sum(advantages) / tokens.length;
      // r = sg[s] pi / sg[pi] beyond the token level (2507.18071, eq. 14), but GSPO's own s (eq. 7) moves with all tokens
      const level = {
        token: (d: number[], k: number) => d[k]!,
        sequence: (d: number[]) => sum(d) / d.length,
        'sequence-token': (d: number[]) => sum(d) / d.length,
        product: (d: number[]) => sum(d),
      }[a.ratio]!;
      const losses = tokens.map((i, k) => {
        const held = Math.exp(level(logRatios(a.logp), k));
        const own = a.ratio === 'token' || a.ratio === 'sequence';
        const moved = Math.exp(level(logRatios(logp), k));
        const r = own ? moved : held * Math.exp(logp[i]! - a.logp[i]!);
        const A = a.ratio === 'sequence' ? mean : advantages[k]!;
        const behavior = a.behavior_logp ? Math.exp(a.old_logp[i]! - a.behavior_logp[i]!) : 1;
        const w = Math.min(behavior, a.behavior_cap);
        const d = a.ref_logp[i]! - logp[i]!;
        const kl = a.kl === 'k3' ? Math.expm1(d) - d : 0;
        return (
          w * surrogate(a, r, held, logp[i]!, A) + a.kl_coef * kl - a.entropy_coef * entropy[i]!
        );
      });
      return { total: sum(losses), count: tokens.length };
    });
    const perToken = a.aggregation === 'seq-mean-token-mean';
    return (
      sum(
        sequences.map(({ total, count }) => (count === 0 ? 0 : perToken ? total / count : total)),
      ) / a.denominator
    );
  };
}
