import type { Tensor } from '@anacrusis/tensor';
import { speakAs } from './refusals.js';
import {
  perStep,
  resultLike,
  scanArguments,
  scanNames,
  scanStats,
  type ScanInput,
  type ScanStats,
} from './scan.js';

/** What an off-policy scan takes beside the common arguments; tensors like the rewards. */
export interface OffPolicyInput extends ScanInput {
  /** V(s_t). */
  values: Tensor;
  /** Log-probability of the action under the policy that is evaluated. */
  logp: Tensor;
  /** Log-probability of the action under the policy that acted. */
  behaviorLogp: Tensor;
  /** Factor of the trace coefficients, in [0, 1]; 1 when left out. */
  lambda?: number | undefined;
}

export interface VtraceInput extends OffPolicyInput {
  /** Largest weight of a temporal difference; 1 when left out. */
  rhoBar?: number | undefined;
  /** Largest trace coefficient; 1 when left out. */
  cBar?: number | undefined;
  /** Largest weight of an advantage; `rhoBar` when left out. */
  pgRhoBar?: number | undefined;
  /** What rho weighs: the whole temporal difference (the paper, and the default), or the `reward` alone (one of
   * PufferLib's kernels). */
  delta?: 'td_error' | 'reward' | undefined;
  /** `policy_gradient`: rho (r + gamma v_{t+1} - V(s_t)), the default; `target`: v_t - V(s_t), PufferLib's. */
  advantage?: 'policy_gradient' | 'target' | undefined;
}

/** Shaped like the rewards. */
export interface OffPolicyResult {
  advantages: Tensor;
  /** V-trace: v_t, the target of the value function. Retrace: the target of Q(s_t, a_t). */
  targets: Tensor;
  /** Of the advantages. */
  stats: ScanStats;
}

const own = 'values logp behaviorLogp lambda rhoBar cBar pgRhoBar delta advantage';
const names = scanNames(own);

/** The arguments of an off-policy scan as the raw ops take them. */
export function offPolicyArguments(op: string, known: Set<string>, input: OffPolicyInput) {
  const { ops, args, stats } = scanArguments(op, known, input);
  const { shape } = input.rewards;
  const own = {
    values: perStep(op, 'values', input.values, shape),
    logp: perStep(op, 'logp', input.logp, shape),
    behavior_logp: perStep(op, 'behaviorLogp', input.behaviorLogp, shape),
    lambda: input.lambda ?? 1,
  };
  return { ops, args: { ...args, ...own }, stats };
}

/**
 * V-trace (1802.01561, eq. 1 and section 4.2); not differentiable.
 * @throws ArgumentError as `gae`
 */
export function vtrace(input: VtraceInput): OffPolicyResult {
  const { rhoBar = 1, cBar = 1, pgRhoBar = rhoBar } = input;
  const { ops, args, stats } = offPolicyArguments('vtrace', names, input);
  const advantages = resultLike(input);
  const targets = resultLike(input);
  speakAs('vtrace', () =>
    ops.vtrace({
      ...{ ...args, rho_bar: rhoBar, c_bar: cBar, pg_rho_bar: pgRhoBar },
      ...{ delta: input.delta ?? 'td_error', advantage: input.advantage ?? 'policy_gradient' },
      ...{ advantages: advantages.raw, targets: targets.raw },
    }),
  );
  return { advantages, targets, stats: scanStats(stats) };
}
