export { aggregate, type AggregateInput, type Aggregation } from './aggregate.js';
export { approxKl, type ApproxKlInput } from './approx-kl.js';
export { gae, type GaeInput, type GaeResult } from './gae.js';
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
