export { aggregate, type AggregateInput, type Aggregation } from './aggregate.js';
export { approxKl, type ApproxKlInput } from './approx-kl.js';
export { discountedReturns } from './discounted-returns.js';
export { gae, type GaeInput, type GaeResult } from './gae.js';
export { linearPolicyLoss, type LinearPolicyLossInput } from './linear-policy-loss.js';
export { lossOfParts } from './loss-of-parts.js';
export {
  advantageStats,
  normalizeAdvantages,
  type AdvantageStats,
  type NormalizeAdvantagesInput,
} from './normalize-advantages.js';
export {
  policyLoss,
  type PolicyLossInput,
  type PolicyLossMetrics,
  type PolicyLossResult,
} from './policy-loss.js';
export { policyLossLogits, type PolicyLossLogitsInput } from './policy-loss-logits.js';
export type { TokenLossInput, TokenLossResult } from './token-loss.js';
export { retrace, type RetraceInput } from './retrace.js';
export type { ScanInput, ScanStats } from './scan.js';
export { tdLambda, type ReturnsResult, type TdLambdaInput } from './td-lambda.js';
export { vtrace, type OffPolicyInput, type OffPolicyResult, type VtraceInput } from './vtrace.js';
export type { PolicyObjective, PolicyOptions, RegularizerOptions } from './policy-options.js';
export {
  valueLoss,
  type ValueLossInput,
  type ValueLossMetrics,
  type ValueLossResult,
} from './value-loss.js';
