export type { Score, Split, TextTask } from './text-task.js';
export { random, type RandomGenerator } from './random.js';
export { ArgumentRangeError, ArgumentTypeError, type ArgumentFault } from './errors.js';
export { countdown, type Countdown } from './countdown/countdown.js';
export type { CountdownOptions, CountdownProblem } from './countdown/problem.js';
export type { CountdownDetails, CountdownReason } from './countdown/verify.js';
export {
  summarize,
  type CountdownAnalysis,
  type CountdownStatistics,
} from './countdown/analyze.js';
export type { CountdownPlace } from './countdown/places.js';
export type { TraceOptions } from './countdown/trace.js';
