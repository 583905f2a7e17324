// Generated from the op descriptions by scripts/generate.mjs; do not edit.
import type { Binding } from '../binding.js';
import { checkNames, plainList, rawAsyncOp, rawOp } from '../call.js';

/** The array types of a back end, by dtype. */
export interface Memory {
  f32: object;
  f64: object;
  i32: object;
  u8: object;
  /** f32, bf16 or f16. */
  floats: object;
}

/** Arrays of the CPU back end. */
export interface HostMemory extends Memory {
  f32: Float32Array;
  f64: Float64Array;
  i32: Int32Array;
  u8: Uint8Array;
  /** f32, or bf16 and f16 as their bits. */
  floats: Float32Array | Uint16Array;
}

/** One step of AdamW (1711.05101) with bias correction, for many tensors in one call. */
export interface AdamwArgs<M extends Memory = HostMemory> {
  /** tensors */
  K: number;
  /** list of f32; updated in place: parameters */
  params: readonly M['f32'][];
  /** list of f32; lengths as params: gradient of the loss by each parameter */
  grads: readonly M['f32'][];
  /** list of f32; lengths as params; updated in place: first moments, 0 before step 1 */
  m: readonly M['f32'][];
  /** list of f32; lengths as params; updated in place: second moments, 0 before step 1 */
  v: readonly M['f32'][];
  /** [K] u8; typed array on every device; values in [0, 1]: 1: weight decay applies to the tensor */
  decay: HostMemory['u8'];
  /** [1, inf]: steps taken, this one included */
  step: number;
  /** [0, inf]: learning rate */
  lr: number;
  /** [0, 0.9999999999999999]: decay rate of the first moment */
  beta1: number;
  /** [0, 0.9999999999999999]: decay rate of the second moment */
  beta2: number;
  /** (0, inf]: added to the root of the second moment */
  eps: number;
  /** [0, inf]: a step multiplies by 1 - lr * weight_decay */
  weight_decay: number;
  /** [0, inf]: factor of every gradient, for clipping */
  grad_scale: number;
}

/** Masked per-token losses of packed sequences over a denominator that counts over the whole optimiser batch, so that parts of a batch add up to its loss. */
export interface AggregateArgs<M extends Memory = HostMemory> {
  /** tokens of all sequences */
  T: number;
  /** sequences */
  S: number;
  /** [T] f32: loss of each token */
  losses: M['f32'];
  /** [T] u8; values in [0, 1]: 1: the token counts */
  mask: M['u8'];
  /** [S+1] i32; typed array on every device; values in [0, T]: where each sequence begins, rising from 0; the last entry is T */
  offsets: HostMemory['i32'];
  /** how tokens and sequences are averaged */
  aggregation: 'token-mean' | 'seq-mean-token-mean' | 'seq-mean-token-sum' | 'seq-mean-token-sum-norm';
  /** (0, inf]: over the whole optimiser batch: its unmasked tokens (token-mean), its sequences with an unmasked token (seq-mean-*), those times the norm constant (seq-mean-token-sum-norm) */
  denominator: number;
  /** [1] f64; output: numerator / denominator */
  loss: M['f64'];
  /** [T] f32; output: derivative of the loss by each token's loss */
  weights: M['f32'];
  /** [12] i32; output: the numerator before it was rounded: a sum that exact_sum adds to others' */
  numerator?: M['i32'] | null | undefined;
}

/** Estimates of KL[policy || reference] from tokens that the policy drew (Schulman, 2020). With d = ref_logp - logp: k1 = -d, k2 = d^2 / 2, k3 = exp(d) - 1 - d. Masked tokens get 0. */
export interface ApproxKlArgs<M extends Memory = HostMemory> {
  /** tokens */
  T: number;
  /** [T] f32: log-probability under the policy that drew the tokens, nats */
  logp: M['f32'];
  /** [T] f32: log-probability under the reference, nats */
  ref_logp: M['f32'];
  /** [T] u8; values in [0, 1]: 1: the token counts */
  mask?: M['u8'] | null | undefined;
  /** which of the three */
  estimator: 'k1' | 'k2' | 'k3';
  /** [T] f32; output: estimate, nats */
  kl: M['f32'];
  /** [T] f32; output: derivative of kl by logp */
  slope?: M['f32'] | null | undefined;
}

/** Attention rhythm of causal heads without their maps (2510.13554, eq. 7, 9, 10). Outputs per token lie as [H,T] in layout thd and as [S,H,L] in layout bhtd. */
export interface AttentionMetricsArgs<M extends Memory = HostMemory> {
  /** tokens of all sequences */
  T: number;
  /** [1, inf]: query heads, a multiple of Hkv */
  H: number;
  /** [1, inf]: key heads */
  Hkv: number;
  /** [1, 256]: head size */
  D: number;
  /** sequences */
  S: number;
  /** thd: q [T,H,D], k [T,Hkv,D]; bhtd: q [S,H,L,D], k [S,Hkv,L,D] with T = S L */
  layout: 'thd' | 'bhtd';
  /** of q and k */
  dtype: 'f32' | 'bf16' | 'f16';
  /** [T,H,D] of dtype: queries, as they enter the dot product */
  q: M['floats'];
  /** [T,Hkv,D] of dtype: keys, as they enter the dot product */
  k: M['floats'];
  /** [S+1] i32; typed array on every device: first token of each sequence, then T */
  offsets: HostMemory['i32'];
  /** [S] i32; typed array on every device: first row that counts as a query, from the start of its sequence */
  query_begin: HostMemory['i32'];
  /** [S] i32; typed array on every device: one past the last such row */
  query_end: HostMemory['i32'];
  /** [0, inf]: factor of the scores, 1/sqrt(D) */
  scale: number;
  /** [1, inf]: W: distances are cut at it */
  window: number;
  /** [0, inf]: nearest distance of a key's horizon */
  h_lo: number;
  /** [0, inf]: furthest distance of it, at least h_lo */
  h_hi: number;
  /** [0, inf]: keys at the start of a sequence whose distances are left out of the span */
  exclude_sink: number;
  /** [H,T] f32: log-sum-exp of the rows, laid out as waad: with it, and without span and lse, only the keys in the window and in the horizon are read; an error of it moves WAAD by W times as much */
  lse_in?: M['f32'] | null | undefined;
  /** logarithm of lse_in */
  lse_form: 'natural' | 'base2';
  /** [H] u8; typed array on every device; values in [0, 1]: 1: WAAD of the head is wanted (others get 0); all of them without it */
  local_heads?: HostMemory['u8'] | null | undefined;
  /** [H] u8; typed array on every device; values in [0, 1]: 1: FAI of the head is wanted (others get 0); all of them without it */
  global_heads?: HostMemory['u8'] | null | undefined;
  /** [H,T] f32; output: 0 outside of the queries */
  waad?: M['f32'] | null | undefined;
  /** [H,T] f32; output: per key; 0 where the horizon is empty */
  fai?: M['f32'] | null | undefined;
  /** [T] i32; output: queries in the horizon of each key */
  horizon?: M['i32'] | null | undefined;
  /** [S,H] f32; output: mean backward distance over the queries of a sequence; 0 where there is none */
  span?: M['f32'] | null | undefined;
  /** [S] i32; output: queries of each sequence */
  span_rows?: M['i32'] | null | undefined;
  /** [H,T] f32; output: natural log-sum-exp of the rows; 0 outside of the queries */
  lse?: M['f32'] | null | undefined;
}

/** Attention rhythm of causal maps that were kept (2510.13554, eq. 7, 9, 10): the weights as they are, not divided by their sum. The lower triangle is read once, what is above it never. */
export interface AttentionMetricsFromMapsArgs<M extends Memory = HostMemory> {
  /** sequences */
  B: number;
  /** heads */
  H: number;
  /** tokens of a sequence */
  T: number;
  /** of maps */
  dtype: 'f32' | 'bf16' | 'f16';
  /** [B,H,T,T] of dtype: weight of each key (last) for each query */
  maps: M['floats'];
  /** rows add up to 1: then, without span, only the keys in the window and in the horizon are read; what a row lacks to 1 moves WAAD by W times as much */
  normalized: boolean;
  /** [B] i32; typed array on every device: first row that counts as a query */
  query_begin: HostMemory['i32'];
  /** [B] i32; typed array on every device: one past the last such row */
  query_end: HostMemory['i32'];
  /** [1, inf]: W: distances are cut at it */
  window: number;
  /** [0, inf]: nearest distance of a key's horizon */
  h_lo: number;
  /** [0, inf]: furthest distance of it, at least h_lo */
  h_hi: number;
  /** [0, inf]: keys at the start of a sequence whose distances are left out of the span */
  exclude_sink: number;
  /** [H] u8; typed array on every device; values in [0, 1]: 1: WAAD of the head is wanted (others get 0); all of them without it */
  local_heads?: HostMemory['u8'] | null | undefined;
  /** [H] u8; typed array on every device; values in [0, 1]: 1: FAI of the head is wanted (others get 0); all of them without it */
  global_heads?: HostMemory['u8'] | null | undefined;
  /** [B,H,T] f32; output: 0 outside of the queries */
  waad?: M['f32'] | null | undefined;
  /** [B,H,T] f32; output: per key; 0 where the horizon is empty */
  fai?: M['f32'] | null | undefined;
  /** [B,T] i32; output: queries in the horizon of each key */
  horizon?: M['i32'] | null | undefined;
  /** [B,H] f32; output: mean backward distance over the queries of a sequence; 0 where there is none */
  span?: M['f32'] | null | undefined;
  /** [B] i32; output: queries of each sequence */
  span_rows?: M['i32'] | null | undefined;
}

/** y = f(a, b) with broadcasting: element (i0, i1, i2, i3) of y takes a[i0 a_s0 + i1 a_s1 + i2 a_s2 + i3 a_s3], and b likewise. */
export interface BinaryArgs<M extends Memory = HostMemory> {
  /** size of y along axis 0; 1 for an axis that is not there */
  d0: number;
  /** along axis 1 */
  d1: number;
  /** along axis 2 */
  d2: number;
  /** along axis 3 */
  d3: number;
  /** elements of a */
  A: number;
  /** elements of b */
  B: number;
  /** [A] f32: left argument */
  a: M['f32'];
  /** [B] f32: right argument */
  b: M['f32'];
  /** [0, 9007199254740991]: elements from one index of axis 0 to the next in a; 0 repeats a along the axis */
  a_s0: number;
  /** [0, 9007199254740991]: stride of a along axis 1 */
  a_s1: number;
  /** [0, 9007199254740991]: stride of a along axis 2 */
  a_s2: number;
  /** [0, 9007199254740991]: stride of a along axis 3 */
  a_s3: number;
  /** [0, 9007199254740991]: stride of b along axis 0 */
  b_s0: number;
  /** [0, 9007199254740991]: stride of b along axis 1 */
  b_s1: number;
  /** [0, 9007199254740991]: stride of b along axis 2 */
  b_s2: number;
  /** [0, 9007199254740991]: stride of b along axis 3 */
  b_s3: number;
  /** f; max and min pass NaN on */
  fn: 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min';
  /** [d0,d1,d2,d3] f32; output; may be a itself: f(a, b); it may be a where a has the shape of y */
  y: M['f32'];
}

/** Sum of the elements' bits, each taken as an integer, modulo 2^32: the same in any order, so the yardstick of what reads memory (4 bytes an element), and a cheap fingerprint of equal bits. */
export interface BitSumArgs<M extends Memory = HostMemory> {
  /** elements */
  n: number;
  /** [n] f32: what is read */
  x: M['f32'];
  /** [1] i32; output: the sum, as a signed 32-bit integer */
  sum: M['i32'];
}

/** Floats in another type: widening is exact, narrowing rounds to nearest, ties to even; what is too large becomes infinity, NaN stays NaN. */
export interface CastArgs<M extends Memory = HostMemory> {
  /** elements */
  n: number;
  /** type of x */
  from: 'f32' | 'bf16' | 'f16';
  /** type of y */
  to: 'f32' | 'bf16' | 'f16';
  /** [n] of from: elements to convert */
  x: M['floats'];
  /** [n] of to; output: the same, rounded */
  y: M['floats'];
}

/** Draws a token from softmax(logits / temperature) by inversion of the cumulative sum; the draw is a function of seed, stream and step alone (math/philox.h), so a sequence gets the same one in any batch. A logit of -inf is never drawn; every row needs a largest logit that is finite and no NaN. */
export interface CategoricalSampleArgs<M extends Memory = HostMemory> {
  /** rows */
  N: number;
  /** [1, inf]: vocabulary */
  V: number;
  /** [N,V] f32: unnormalised log-probabilities */
  logits: M['f32'];
  /** [0.000001, inf]: divisor of the logits */
  temperature: number;
  /** [0, 9007199254740991]: key of the generator */
  seed: number;
  /** [N] i32: which sequence a row belongs to */
  stream: M['i32'];
  /** [N] i32: which token of its sequence it draws */
  step: M['i32'];
  /** take the largest logit instead, the first among equals */
  greedy: boolean;
  /** [N] i32; output: tokens; on a device, where nobody looks at the logits first, -1 with logp NaN for a row that has no largest logit, or NaN or infinity among them */
  token: M['i32'];
  /** [N] f32; output: their log-probability at the temperature */
  logp: M['f32'];
}

/** Causal softmax attention (1706.03762 eq. 1) over packed sequences, grouped queries (2305.13245): query head h reads key head h / (H / Hkv). Scores are never stored as a whole (2205.14135). */
export interface CausalAttentionArgs<M extends Memory = HostMemory> {
  /** tokens of all sequences */
  T: number;
  /** [1, inf]: query heads, a multiple of Hkv */
  H: number;
  /** [1, inf]: key and value heads */
  Hkv: number;
  /** [1, inf]: head size */
  D: number;
  /** sequences */
  S: number;
  /** [T,H,D] f32: queries */
  q: M['f32'];
  /** [T,Hkv,D] f32: keys */
  k: M['f32'];
  /** [T,Hkv,D] f32: values */
  v: M['f32'];
  /** [S+1] i32; typed array on every device; values in [0, T]: sequence s holds tokens offsets[s] to offsets[s+1] - 1; from 0 to T, never falling */
  offsets: HostMemory['i32'];
  /** factor of the scores, 1/sqrt(D) as a rule */
  scale: number;
  /** [T,H,D] f32; output: weighted values */
  y: M['f32'];
  /** [H,T] f32; output: natural log-sum-exp of each row of scores */
  lse: M['f32'];
}

/** Gradient of causal_attention. The weights come back from the scores and lse, tile by tile (2205.14135, algorithm 4). */
export interface CausalAttentionBackwardArgs<M extends Memory = HostMemory> {
  /** tokens of all sequences */
  T: number;
  /** [1, inf]: query heads, a multiple of Hkv */
  H: number;
  /** [1, inf]: key and value heads */
  Hkv: number;
  /** [1, inf]: head size */
  D: number;
  /** sequences */
  S: number;
  /** [T,H,D] f32: queries */
  q: M['f32'];
  /** [T,Hkv,D] f32: keys */
  k: M['f32'];
  /** [T,Hkv,D] f32: values */
  v: M['f32'];
  /** [S+1] i32; typed array on every device; values in [0, T]: as in causal_attention */
  offsets: HostMemory['i32'];
  /** factor of the scores, as in causal_attention */
  scale: number;
  /** [T,H,D] f32: output of causal_attention */
  y: M['f32'];
  /** [H,T] f32: output of causal_attention */
  lse: M['f32'];
  /** [T,H,D] f32: gradient of the loss by y */
  dy: M['f32'];
  /** [T,H,D] f32; output: gradient by q */
  dq: M['f32'];
  /** [T,Hkv,D] f32; output: gradient by k */
  dk: M['f32'];
  /** [T,Hkv,D] f32; output: gradient by v */
  dv: M['f32'];
}

/** y = x, as a plain streaming loop: the yardstick of what moves memory (4 bytes read and 4 written an element). */
export interface CopyArgs<M extends Memory = HostMemory> {
  /** elements */
  n: number;
  /** [n] f32: what is copied, bit by bit */
  x: M['f32'];
  /** [n] f32; output: the copy */
  y: M['f32'];
}

/** Softmax attention (1706.03762 eq. 1) of one query per row over the first keys of its cache slot, grouped queries as in causal_attention. A row has the same bits alone and in any batch. */
export interface DecodeAttentionArgs<M extends Memory = HostMemory> {
  /** rows: new tokens */
  R: number;
  /** sequences that the cache holds */
  slots: number;
  /** positions of a slot */
  C: number;
  /** [1, inf]: query heads, a multiple of Hkv */
  H: number;
  /** [1, inf]: key and value heads */
  Hkv: number;
  /** [1, inf]: head size */
  D: number;
  /** [R,H,D] f32: queries */
  q: M['f32'];
  /** [slots,C,Hkv,D] f32: keys */
  k_cache: M['f32'];
  /** [slots,C,Hkv,D] f32: values */
  v_cache: M['f32'];
  /** [R] i32; values in [0, slots-1]: slot of each row */
  slot: M['i32'];
  /** [R] i32; values in [1, C]: keys seen: positions 0 to length - 1 */
  length: M['i32'];
  /** factor of the scores, 1/sqrt(D) as a rule */
  scale: number;
  /** [R,H,D] f32; output: weighted values */
  y: M['f32'];
}

/** Discounted returns (Sutton and Barto, 2nd edition, eq. 3.9). Masked steps get 0 and are passed over, as if the row did not hold them. */
export interface DiscountedReturnsArgs<M extends Memory = HostMemory> {
  /** rows: environments or sequences */
  N: number;
  /** steps of all rows together */
  steps: number;
  /** rows: [N, steps/N]; packed: row r holds the steps offsets[r] .. offsets[r+1]-1; time_major: [steps/N, N] */
  layout: 'rows' | 'packed' | 'time_major';
  /** [N+1] i32; typed array on every device: of a packed layout: where each row begins, rising from 0 to steps */
  offsets?: HostMemory['i32'] | null | undefined;
  /** [steps] f32: reward of the transition out of step t */
  rewards: M['f32'];
  /** [steps] f32: V(s_{t+1}) of the transition, read where it is truncated and at the last step that counts */
  next_values?: M['f32'] | null | undefined;
  /** [N] f32: value after the last step that counts, where next_values is left out; 0 without it */
  last_values?: M['f32'] | null | undefined;
  /** [steps] u8; values in [0, 1]: 1: the episode ended by itself */
  terminated: M['u8'];
  /** [steps] u8; values in [0, 1]: 1: the episode was cut off; before the last step that counts it needs next_values. A device does not look: there the results are NaN from such a step back through its episode */
  truncated?: M['u8'] | null | undefined;
  /** [steps] u8; values in [0, 1]: 1: the step counts; others are passed over, as if the row did not hold them */
  mask?: M['u8'] | null | undefined;
  /** [0, 1]: discount */
  gamma: number;
  /** [steps] f32; output: G_t */
  returns: M['f32'];
  /** [3] f64; output: count, mean and sum of squared deviations of them over the steps that count */
  stats?: M['f64'] | null | undefined;
}

/** Rows of a table: y[t] = table[ids[t]]. */
export interface EmbeddingArgs<M extends Memory = HostMemory> {
  /** vocabulary: rows of the table */
  V: number;
  /** width of a row */
  D: number;
  /** tokens */
  T: number;
  /** [V,D] f32: one row per token id */
  table: M['f32'];
  /** [T] i32; values in [0, V-1]: token ids */
  ids: M['i32'];
  /** [T,D] f32; output: the rows asked for */
  y: M['f32'];
}

/** Gradient of embedding: dtable[ids[t]] += dy[t], tokens in their order. */
export interface EmbeddingBackwardArgs<M extends Memory = HostMemory> {
  /** vocabulary: rows of the table */
  V: number;
  /** width of a row */
  D: number;
  /** tokens */
  T: number;
  /** [T] i32; values in [0, V-1]: token ids */
  ids: M['i32'];
  /** [T,D] f32: gradient of the loss by y */
  dy: M['f32'];
  /** [V,D] f32; updated in place: gradient by the table, added to */
  dtable: M['f32'];
}

/** What a key in a cache is worth: attention that it got, pooled over its neighbours and averaged over the query heads of its key head (SnapKV, 2404.14469; kvpress). The last keys of a sequence get the largest score of the others. */
export interface EvictionScoresArgs<M extends Memory = HostMemory> {
  /** tokens of all sequences */
  T: number;
  /** [1, inf]: query heads, a multiple of Hkv */
  H: number;
  /** [1, inf]: key heads; 1: one score for all heads */
  Hkv: number;
  /** sequences */
  S: number;
  /** thd: values [H,T], scores [Hkv,T]; bhtd: [S,H,L] and [S,Hkv,L] with T = S L */
  layout: 'thd' | 'bhtd';
  /** [H,T] f32: attention that each key got, as fai of attention_metrics */
  values: M['f32'];
  /** [S+1] i32; typed array on every device: first token of each sequence, then T */
  offsets: HostMemory['i32'];
  /** [0, inf]: keys at the end of a sequence that are kept */
  window: number;
  /** [1, 1048575]: keys that are pooled, an odd number; 1: none */
  kernel: number;
  /** avg: sum over the kernel / kernel, keys outside count as 0; max: over those that there are */
  pooling: 'avg' | 'max';
  /** [Hkv,T] f32; output: 0 where the window is the whole sequence */
  scores: M['f32'];
}

/** Adds sums that have not been rounded (352-bit fixed point): the numerators of a batch's parts give the bits of the whole batch's, however it was cut and in whatever order. */
export interface ExactSumArgs<M extends Memory = HostMemory> {
  /** sums */
  n: number;
  /** [n,12] i32: numerators of losses, or totals of this op */
  sums: M['i32'];
  /** [1] f64; output: their sum, rounded once */
  value: M['f64'];
  /** [12] i32; output: their sum */
  total?: M['i32'] | null | undefined;
}

/** Generalised advantage estimation (1506.02438). Masked steps are passed over, as if the row did not hold them; they get 0, or the advantage of the next step that counts. */
export interface GaeArgs<M extends Memory = HostMemory> {
  /** rows: environments or sequences */
  N: number;
  /** steps of all rows together */
  steps: number;
  /** rows: [N, steps/N]; packed: row r holds the steps offsets[r] .. offsets[r+1]-1; time_major: [steps/N, N] */
  layout: 'rows' | 'packed' | 'time_major';
  /** [N+1] i32; typed array on every device: of a packed layout: where each row begins, rising from 0 to steps */
  offsets?: HostMemory['i32'] | null | undefined;
  /** [steps] f32: reward of the transition out of step t */
  rewards: M['f32'];
  /** [steps] f32: V(s_t) */
  values: M['f32'];
  /** [steps] f32: V(s_{t+1}) of the transition itself; without it the value of the next step of the row that counts */
  next_values?: M['f32'] | null | undefined;
  /** [N] f32: value after the last step that counts, where next_values is left out; 0 without it */
  last_values?: M['f32'] | null | undefined;
  /** [steps] u8; values in [0, 1]: 1: the episode ended by itself */
  terminated: M['u8'];
  /** [steps] u8; values in [0, 1]: 1: the episode was cut off; before the last step that counts it needs next_values. A device does not look: there the results are NaN from such a step back through its episode */
  truncated?: M['u8'] | null | undefined;
  /** [steps] u8; values in [0, 1]: 1: the step counts; others are passed over, as if the row did not hold them */
  mask?: M['u8'] | null | undefined;
  /** [0, 1]: discount */
  gamma: number;
  /** [0, 1]: exponential weight of the estimator */
  gae_lambda: number;
  /** what masked steps get: zeros, or the advantage of the next step that counts and that plus their own value */
  masked: 'zero' | 'carry';
  /** [steps] f32; output: A_t */
  advantages: M['f32'];
  /** [steps] f32; output: A_t + V(s_t) */
  returns?: M['f32'] | null | undefined;
  /** [3] f64; output: count, mean and sum of squared deviations of them over the steps that count */
  stats?: M['f64'] | null | undefined;
}

/** L2 norm over all elements of all arrays, summed in float64 over fixed parts of the whole. Not finite when an element is not. */
export interface GlobalNormArgs<M extends Memory = HostMemory> {
  /** list of f32: arrays of any lengths */
  grads: readonly M['f32'][];
  /** [1] f64; output: L2 norm */
  norm: M['f64'];
  /** [1] f64; output: elements that are NaN or infinite */
  nonfinite?: M['f64'] | null | undefined;
}

/** GraMa (2505.24061, eq. 2, on parameters): mean |gradient| of every neuron, its ratio to the mean of the layer, how many neurons are dormant, and what else one read of the gradients gives. A gradient is [outer, neurons, inner]: rows are [1, rows, columns], columns [rows, columns, 1], input channels of a convolution [out, in, height * width]. NaN gradients make what they enter NaN. */
export interface GradStatsArgs<M extends Memory = HostMemory> {
  /** tensors (layers) */
  K: number;
  /** neurons of all of them, in order */
  R: number;
  /** thresholds */
  n_tau: number;
  /** quantiles */
  n_quantiles: number;
  /** list of floats: gradient of each tensor, each f32, bf16 or f16 */
  grads: readonly M['floats'][];
  /** what the 16-bit elements of a Uint16Array are */
  half: 'bf16' | 'f16';
  /** [K] i32; typed array on every device; values in [0, 2147483647]: slices that a neuron has part in */
  outer: HostMemory['i32'];
  /** [K] i32; typed array on every device; values in [0, 2147483647]: neurons of each tensor */
  neurons: HostMemory['i32'];
  /** [K] i32; typed array on every device; values in [0, 2147483647]: consecutive parameters of a neuron */
  inner: HostMemory['i32'];
  /** [n_tau] f64; typed array on every device: thresholds: a neuron with normalized <= tau is dormant */
  tau: HostMemory['f64'];
  /** [n_quantiles] f64; typed array on every device: in [0, 1] */
  quantile: HostMemory['f64'];
  /** [R] f32; output: mean |g| of the neuron; 0 without parameters */
  per_neuron: M['f32'];
  /** [K] f64; output: mean of per_neuron; 0 without neurons */
  per_layer: M['f64'];
  /** [R] f32; output: per_neuron / per_layer; 0 in a layer of zeros */
  normalized?: M['f32'] | null | undefined;
  /** [K,n_tau] i32; output: neurons with normalized <= tau */
  dormant?: M['i32'] | null | undefined;
  /** [K,n_quantiles] f64; output: of normalized in the layer, between the two nearest (linear); NaN without neurons */
  layer_quantiles?: M['f64'] | null | undefined;
  /** [n_quantiles] f64; output: of normalized in all layers */
  all_quantiles?: M['f64'] | null | undefined;
  /** [K] f64; output: L2 norm of each tensor */
  norm?: M['f64'] | null | undefined;
  /** [K] f64; output: elements that are NaN or infinite */
  nonfinite?: M['f64'] | null | undefined;
  /** [K] f32; output: largest |g|; 0 without elements */
  largest?: M['f32'] | null | undefined;
}

/** Adds a per-head signal of chosen heads to sums, so that layers add up. Heads that are not chosen have no effect. */
export interface HeadSumsArgs<M extends Memory = HostMemory> {
  /** sequences, or 1 when the tokens of all lie in one row */
  S: number;
  /** heads */
  H: number;
  /** tokens of a row */
  L: number;
  /** [S,H,L] f32: signal of each head */
  values: M['f32'];
  /** [H] u8; typed array on every device; values in [0, 1]: 1: the head counts */
  heads: HostMemory['u8'];
  /** of every term: 1, or 1 / heads of all layers for a mean */
  factor: number;
  /** [S,L] f32; updated in place: added to */
  sums: M['f32'];
}

/** Keys and values of new tokens into the cache of decode_attention. Of two rows with the same slot and position the later one stays. */
export interface KvCacheWriteArgs<M extends Memory = HostMemory> {
  /** new tokens, of any sequences */
  R: number;
  /** sequences that the cache holds */
  slots: number;
  /** positions of a slot */
  C: number;
  /** [1, inf]: key and value heads */
  Hkv: number;
  /** [1, inf]: head size */
  D: number;
  /** [R,Hkv,D] f32: keys */
  k: M['f32'];
  /** [R,Hkv,D] f32: values */
  v: M['f32'];
  /** [R] i32; values in [0, slots-1]: slot of each row */
  slot: M['i32'];
  /** [R] i32; values in [0, C-1]: its place in the slot */
  position: M['i32'];
  /** [slots,C,Hkv,D] f32; updated in place: keys so far */
  k_cache: M['f32'];
  /** [slots,C,Hkv,D] f32; updated in place: values so far */
  v_cache: M['f32'];
}

/** Layer normalisation of every row (1607.06450): y = (x - mean x) weight / sqrt(var x + eps) + bias, the variance over D. */
export interface LayerNormArgs<M extends Memory = HostMemory> {
  /** rows */
  N: number;
  /** [1, 9007199254740991]: elements of a row */
  D: number;
  /** [N,D] f32: rows to normalise */
  x: M['f32'];
  /** [D] f32: gain of every column */
  weight: M['f32'];
  /** [D] f32: added to every column */
  bias?: M['f32'] | null | undefined;
  /** [0, 1]: added to the variance; with 0 a row of equal elements is NaN */
  eps: number;
  /** [N,D] f32; output; may be x itself: normalised rows */
  y: M['f32'];
  /** [N] f32; output: mean of every row, for the gradient */
  mean: M['f32'];
  /** [N] f32; output: 1 / sqrt(var x + eps), for the gradient */
  inv_std: M['f32'];
}

/** Gradient of layer_norm; those of the weight and the bias are added up. */
export interface LayerNormBackwardArgs<M extends Memory = HostMemory> {
  /** rows */
  N: number;
  /** [1, 9007199254740991]: elements of a row */
  D: number;
  /** [N,D] f32: rows before normalisation */
  x: M['f32'];
  /** [D] f32: gain of every column */
  weight: M['f32'];
  /** [N] f32: as layer_norm gave it */
  mean: M['f32'];
  /** [N] f32: as layer_norm gave it */
  inv_std: M['f32'];
  /** [N,D] f32: gradient of the normalised rows */
  dy: M['f32'];
  /** [N,D] f32; output; may be dy itself: gradient of x */
  dx: M['f32'];
  /** [D] f32; updated in place: the gradient of weight is added */
  dweight: M['f32'];
  /** [D] f32; updated in place: the gradient of bias is added */
  dbias?: M['f32'] | null | undefined;
}

/** Policy loss over the logits hidden weight^T with its gradients by hidden and weight, a chunk of tokens at a time: the logits of all tokens are never in memory. For losses as of policy_loss_logits. On a CPU logits are float32; on a device they and their gradients are rounded to the type of hidden. */
export interface LinearPolicyLossArgs<M extends Memory = HostMemory> {
  /** tokens */
  T: number;
  /** [1, inf]: vocabulary size */
  V: number;
  /** [1, inf]: hidden size */
  D: number;
  /** type of hidden, weight and dhidden */
  dtype: 'f32' | 'bf16' | 'f16';
  /** [T,D] of dtype: last hidden states */
  hidden: M['floats'];
  /** [V,D] of dtype: weight of the head */
  weight: M['floats'];
  /** [T] i32: the token that was drawn; rows with one outside of 0..V-1 count as masked */
  targets: M['i32'];
  /** (0, inf]: divisor of the logits */
  temperature: number;
  /** [T] f32: log-probability under the policy that drew the tokens */
  old_logp: M['f32'];
  /** [T] f32: A_t */
  advantages: M['f32'];
  /** [T] f32: factor of each token's loss in the sum: aggregate's weights; rows with 0, the masked ones, are not read and get results and gradients of 0 */
  weights: M['f32'];
  /** [T] f32: log-probability under the sampler, where it is not the policy of old_logp */
  behavior_logp?: M['f32'] | null | undefined;
  /** [T] f32: log-probability under the reference */
  ref_logp?: M['f32'] | null | undefined;
  /** [T] u8; values in [0, 1]: topr: 1 for tokens of positive responses; without it, advantages > 0 */
  positives?: M['u8'] | null | undefined;
  /** surrogate */
  objective: 'reinforce' | 'ppo' | 'dual-clip' | 'tis' | 'cispo' | 'topr';
  /** estimator of KL[policy || reference] */
  kl: 'none' | 'k1' | 'k2' | 'k3';
  /** gradient of the KL term: of the estimator itself, or of k2 */
  kl_gradient: 'own' | 'k2';
  /** [0, inf]: ppo, dual-clip, cispo: ratio clipped below 1 - it */
  clip_low: number;
  /** [0, inf]: ppo, dual-clip, cispo: ratio clipped above 1 + it */
  clip_high: number;
  /** (0, inf]: tis, topr: largest weight; dual-clip: bound on the ratio under a negative advantage, above 1 */
  ratio_cap: number;
  /** [0, inf]: topr: weight of positives */
  positive_weight: number;
  /** [0, inf]: topr: weight of negatives */
  negative_weight: number;
  /** (0, inf]: largest ratio old / behavior */
  behavior_cap: number;
  /** factor of the KL term */
  kl_coef: number;
  /** factor of the entropy, which is subtracted */
  entropy_coef: number;
  /** [0, inf]: budget for logits and panels, which gives the tokens of a chunk, 16 at least; results do not depend on it (on a device: but for the order of the additions in dweight) */
  workspace_bytes: number;
  /** [1] f64; output: sum of weights times losses, rounded once */
  loss: M['f64'];
  /** [T] f32; output: loss of each token */
  losses: M['f32'];
  /** [T] f32; output: log-probability of the target, nats */
  logp?: M['f32'] | null | undefined;
  /** [T] f32; output: entropy of the row, nats */
  entropy?: M['f32'] | null | undefined;
  /** [T,D] of dtype; output: gradient of the loss by hidden. In f16 below 3e-8 becomes 0, above 65504 infinite: scale the loss, or take bf16 */
  dhidden: M['floats'];
  /** [V,D] f32; updated in place: gradient of the loss by weight; left out where the head is frozen */
  dweight?: M['f32'] | null | undefined;
  /** add to dweight instead of setting it */
  accumulate: boolean;
}

/** Log-probability, entropy and log-sum-exp of softmax(hidden weight^T / temperature) without the logits in memory: for the policy that learns, the old one and the reference. On a CPU logits are float32; on a device they are rounded to the type of hidden. */
export interface LinearTokenLogProbsArgs<M extends Memory = HostMemory> {
  /** tokens */
  T: number;
  /** [1, inf]: vocabulary size */
  V: number;
  /** [1, inf]: hidden size */
  D: number;
  /** type of hidden and weight */
  dtype: 'f32' | 'bf16' | 'f16';
  /** [T,D] of dtype: last hidden states */
  hidden: M['floats'];
  /** [V,D] of dtype: weight of the head */
  weight: M['floats'];
  /** [T] i32: the token that was drawn, 0..V-1 */
  targets: M['i32'];
  /** rows with a target outside of 0..V-1 are not read: all their results are 0; otherwise such a target is refused (on a device: its row is ignored) */
  ignore_outside: boolean;
  /** (0, inf]: divisor of the logits */
  temperature: number;
  /** [T] f32; output: log-probability of the target, nats */
  logp?: M['f32'] | null | undefined;
  /** [T] f32; output: entropy of the row, nats */
  entropy?: M['f32'] | null | undefined;
  /** [T] f32; output: log-sum-exp of logits / temperature */
  lse?: M['f32'] | null | undefined;
}

/** Gradients with respect to hidden and weight from per-token coefficients. The logits are made again, a chunk of tokens at a time. Tokens with both coefficients 0 are not read. */
export interface LinearTokenLogProbsBackwardArgs<M extends Memory = HostMemory> {
  /** tokens */
  T: number;
  /** [1, inf]: vocabulary size */
  V: number;
  /** [1, inf]: hidden size */
  D: number;
  /** type of hidden, weight and dhidden */
  dtype: 'f32' | 'bf16' | 'f16';
  /** [T,D] of dtype: as given to linear_token_log_probs */
  hidden: M['floats'];
  /** [V,D] of dtype: as given to linear_token_log_probs */
  weight: M['floats'];
  /** [T] i32: as given to linear_token_log_probs */
  targets: M['i32'];
  /** as given to linear_token_log_probs: gradients of such rows are 0 */
  ignore_outside: boolean;
  /** (0, inf]: as given to linear_token_log_probs */
  temperature: number;
  /** [T] f32: gradient of the loss by logp */
  dlogp: M['f32'];
  /** [T] f32: gradient of the loss by entropy; 0 without it */
  dentropy?: M['f32'] | null | undefined;
  /** [0, inf]: budget for logits and panels, which gives the tokens of a chunk, 16 at least; results do not depend on it (on a device: but for the order of the additions in dweight) */
  workspace_bytes: number;
  /** [T,D] of dtype; output: gradient of the loss by hidden. In f16 below 3e-8 becomes 0, above 65504 infinite: scale the loss, or take bf16 */
  dhidden: M['floats'];
  /** [V,D] f32; updated in place: gradient of the loss by weight; left out where the head is frozen */
  dweight?: M['f32'] | null | undefined;
  /** add to dweight instead of setting it */
  accumulate: boolean;
}

/** Logarithm of the softmax of every row. */
export interface LogSoftmaxArgs<M extends Memory = HostMemory> {
  /** rows */
  N: number;
  /** elements of a row */
  V: number;
  /** [N,V] f32: logits */
  x: M['f32'];
  /** [N,V] f32; output; may be x itself: log-probabilities */
  y: M['f32'];
}

/** Gradient of log_softmax from its result. */
export interface LogSoftmaxBackwardArgs<M extends Memory = HostMemory> {
  /** rows */
  N: number;
  /** elements of a row */
  V: number;
  /** [N,V] f32: log-probabilities, the result of log_softmax */
  y: M['f32'];
  /** [N,V] f32: gradient of y */
  dy: M['f32'];
  /** [N,V] f32; output; may be dy itself: gradient of the logits */
  dx: M['f32'];
}

/** Matrix products c = op(a) op(b) + bias over a batch. Without transpose_a a row of c has the same bits whatever rows are beside it; on CUDA with ANACRUSIS_GEMM=tiled only, as cuBLASLt chooses by size. */
export interface MatmulArgs<M extends Memory = HostMemory> {
  /** matrices of a and c */
  batch: number;
  /** matrices of b: as many, or 1 for all */
  batch_b: number;
  /** rows of c */
  M: number;
  /** columns of c */
  N: number;
  /** terms of a sum */
  K: number;
  /** [batch,M,K] f32: [M,K], or [K,M] when transpose_a */
  a: M['f32'];
  /** [batch_b,K,N] f32: [K,N], or [N,K] when transpose_b */
  b: M['f32'];
  /** a holds the transposed matrix */
  transpose_a: boolean;
  /** b holds the transposed matrix */
  transpose_b: boolean;
  /** add to c instead of setting it */
  accumulate: boolean;
  /** [N] f32: added to every row */
  bias?: M['f32'] | null | undefined;
  /** [batch,M,N] f32; updated in place: product */
  c: M['f32'];
}

/** Rewards less a mean, over max(deviation, std_floor) + eps (2508.08221, section 4.1). Where the deviation is 0 the advantage is exactly 0. */
export interface NormalizeAdvantagesArgs<M extends Memory = HostMemory> {
  /** rewards */
  n: number;
  /** groups, at most n; some may be empty */
  G: number;
  /** [n] f32: one per response, or any sample that is to be normalised */
  rewards: M['f32'];
  /** [n] i32; values in [0, G-1]: group of each reward, in any order; needed where mean, std or drop_equal_groups ask for groups */
  group_ids?: M['i32'] | null | undefined;
  /** [n] u8; values in [0, 1]: 0: the reward is in no mean and no deviation, and its advantage is 0 */
  mask?: M['u8'] | null | undefined;
  /** which mean is taken off */
  mean: 'none' | 'batch' | 'group';
  /** by which deviation is divided */
  std: 'none' | 'batch' | 'group';
  /** what the batch deviation is of: rewards, or rewards less their group's mean where that is the mean taken off */
  std_of: 'raw' | 'centered';
  /** the mean is that of the other rewards */
  leave_one_out: boolean;
  /** groups whose rewards are all equal are not in the batch's mean and deviation, and get 0 */
  drop_equal_groups: boolean;
  /** [0, 1]: the sum of squares is divided by the count less this */
  ddof: number;
  /** [0, inf]: added to the deviation */
  eps: number;
  /** [0, inf]: smallest deviation used */
  std_floor: number;
  /** [n] f32; output: normalised rewards */
  advantages: M['f32'];
  /** [6] f64; output: groups whose rewards are all equal (one reward included), batch mean, batch deviation (0 for n <= ddof), size of the smallest group that is not empty, groups that are not empty, rewards in the batch's sample */
  stats: M['f64'];
}

/** The weight of a linear layer in panels of 16 outputs, as packed_linear reads it. */
export interface PackLinearArgs<M extends Memory = HostMemory> {
  /** outputs of the layer */
  N: number;
  /** inputs of the layer */
  K: number;
  /** N / 16, rounded up */
  panels: number;
  /** [N,K] f32: weight, a row per output */
  weight: M['f32'];
  /** [panels,K,16] f32; output: output 16 p + j and input k at [p,k,j]; 0 past N */
  packed: M['f32'];
}

/** y = x W^T + bias, or added to y, with a weight from pack_linear. Batch-invariant: a row has the same bits alone and in any batch, and those of matmul with transpose_b (on CUDA: with ANACRUSIS_GEMM=tiled). */
export interface PackedLinearArgs<M extends Memory = HostMemory> {
  /** rows of x */
  R: number;
  /** outputs of the layer */
  N: number;
  /** inputs of the layer */
  K: number;
  /** N / 16, rounded up */
  panels: number;
  /** [R,K] f32: inputs */
  x: M['f32'];
  /** [panels,K,16] f32: weight, as pack_linear gave it */
  packed: M['f32'];
  /** [N] f32: added to every row */
  bias?: M['f32'] | null | undefined;
  /** add to y instead of setting it */
  accumulate: boolean;
  /** [R,N] f32; updated in place: outputs */
  y: M['f32'];
}

/** Random integers in [lo, hi], both included, from Philox4x32-10 (SC'11). Element i is a function of seed, stream and offset + i alone. */
export interface PhiloxIntegerArgs<M extends Memory = HostMemory> {
  /** numbers */
  n: number;
  /** [0, 9007199254740991]: key of the generator */
  seed: number;
  /** [0, 9007199254740991]: streams of one seed are independent */
  stream: number;
  /** [0, 9007199254740991]: elements of the stream already used */
  offset: number;
  /** [-2147483648, 2147483647]: smallest value */
  lo: number;
  /** [-2147483648, 2147483647]: largest value, not below lo */
  hi: number;
  /** [n] i32; output: numbers */
  y: M['i32'];
}

/** Normal random numbers from Philox4x32-10 (SC'11) by Box and Muller. Element i is a function of seed, stream and offset + i alone. */
export interface PhiloxNormalArgs<M extends Memory = HostMemory> {
  /** numbers */
  n: number;
  /** [0, 9007199254740991]: key of the generator */
  seed: number;
  /** [0, 9007199254740991]: streams of one seed are independent */
  stream: number;
  /** [0, 9007199254740991]: elements of the stream already used */
  offset: number;
  /** [-1000000000000, 1000000000000]: mean */
  mean: number;
  /** [0, 1000000000000]: standard deviation */
  std: number;
  /** [n] f32; output: numbers */
  y: M['f32'];
}

/** Uniform random numbers in [lo, hi) from Philox4x32-10 (SC'11). Element i is a function of seed, stream and offset + i alone. */
export interface PhiloxUniformArgs<M extends Memory = HostMemory> {
  /** numbers */
  n: number;
  /** [0, 9007199254740991]: key of the generator */
  seed: number;
  /** [0, 9007199254740991]: streams of one seed are independent */
  stream: number;
  /** [0, 9007199254740991]: elements of the stream already used */
  offset: number;
  /** [-1000000000000, 1000000000000]: smallest value */
  lo: number;
  /** [-1000000000000, 1000000000000]: above all values, and above lo in float32 */
  hi: number;
  /** [n] f32; output: numbers */
  y: M['f32'];
}

/** One element along an axis, zeros beside it: the gradient of reduce with max or min. */
export interface PlaceArgs<M extends Memory = HostMemory> {
  /** product of the sizes before the axis */
  outer: number;
  /** elements along the axis */
  n: number;
  /** product of the sizes after the axis */
  inner: number;
  /** [outer,inner] f32: elements to place */
  dy: M['f32'];
  /** [outer,inner] i32; values in [0, n-1]: where along the axis */
  index: M['i32'];
  /** [outer,n,inner] f32; output: dy at index, 0 elsewhere */
  dx: M['f32'];
}

/** Policy loss over packed sequences and the derivatives that the loss over logits chains: clipped PPO, dual clip, decoupled PPO, TIS, CISPO, TOPR, REINFORCE and GSPO, with KL and entropy terms. Divided by a denominator that counts over the whole optimiser batch, so that parts of a batch add up to its loss, to the bit. */
export interface PolicyLossArgs<M extends Memory = HostMemory> {
  /** tokens of all sequences */
  T: number;
  /** sequences */
  S: number;
  /** [T] f32: log-probability under the policy that learns, nats */
  logp: M['f32'];
  /** [T] f32: log-probability under the policy that the ratio is taken to */
  old_logp: M['f32'];
  /** [T] f32: A_t */
  advantages: M['f32'];
  /** [T] f32: log-probability under the policy that drew the tokens, where that is not the old one: the surrogate is weighted by their ratio */
  behavior_logp?: M['f32'] | null | undefined;
  /** [T] f32: log-probability under the reference: for k1, k2, k3 */
  ref_logp?: M['f32'] | null | undefined;
  /** [T] f32: KL[policy || reference] of each token's distribution, nats: for full */
  kl_divergence?: M['f32'] | null | undefined;
  /** [T] f32: entropy of each token's distribution, nats */
  entropy?: M['f32'] | null | undefined;
  /** [T] u8; values in [0, 1]: 1: the token counts */
  mask: M['u8'];
  /** [T] u8; values in [0, 1]: topr: 1 for tokens of positive responses; without it the advantages' signs say */
  positives?: M['u8'] | null | undefined;
  /** [S+1] i32; typed array on every device; values in [0, T]: where each sequence begins, rising from 0; the last entry is T */
  offsets: HostMemory['i32'];
  /** which surrogate */
  objective: 'reinforce' | 'ppo' | 'dual-clip' | 'tis' | 'cispo' | 'topr';
  /** ratio of each token, exp of the sequence's mean log-ratio with its mean advantage (GSPO) or with token advantages (GSPO-token), or exp of its sum */
  ratio: 'token' | 'sequence' | 'sequence-token' | 'product';
  /** [0, inf]: ppo, dual-clip, cispo: the ratio is clipped below 1 - clip_low */
  clip_low: number;
  /** [0, inf]: ppo, dual-clip, cispo: the ratio is clipped above 1 + clip_high */
  clip_high: number;
  /** (0, inf]: tis, topr: largest weight; dual-clip: bound on the ratio under a negative advantage, above 1 */
  ratio_cap: number;
  /** [0, inf]: topr: weight of positives */
  positive_weight: number;
  /** [0, inf]: topr: weight of the others */
  negative_weight: number;
  /** (0, inf]: largest old / behavior ratio used; decoupled PPO has none: 1e30 */
  behavior_cap: number;
  /** estimator of KL[policy || reference] in the loss */
  kl: 'none' | 'k1' | 'k2' | 'k3' | 'full';
  /** derivative of the estimator's value, or that of k2 */
  kl_gradient: 'own' | 'k2';
  /** factor of the divergence */
  kl_coef: number;
  /** factor of the entropy, which is taken off the loss */
  entropy_coef: number;
  /** how tokens and sequences are averaged */
  aggregation: 'token-mean' | 'seq-mean-token-mean' | 'seq-mean-token-sum' | 'seq-mean-token-sum-norm';
  /** (0, inf]: over the whole optimiser batch: its unmasked tokens (token-mean), its sequences with an unmasked token (seq-mean-*), those times the norm constant (seq-mean-token-sum-norm) */
  denominator: number;
  /** [1] f64; output: numerator / denominator */
  loss: M['f64'];
  /** [T] f32; output: derivative of the loss by logp */
  dlogp: M['f32'];
  /** [T] f32; output: derivative of the loss by entropy */
  dentropy?: M['f32'] | null | undefined;
  /** [T] f32; output: derivative of the loss by kl_divergence */
  dkl?: M['f32'] | null | undefined;
  /** [20] f64; output: over unmasked tokens: numerator of the loss, tokens, sequences that hold one; tokens whose ratio was replaced by the lower bound, the upper one, the dual clip; sums of k1, k2 and k3 of KL[old || new], of log-ratios limited to [-20, 20]; sum, sum of squares and largest of the ratios used (0 without tokens; NaN passed over); sum of entropy, of the KL term; the surrogate's part of the loss; sum and sum of squares of the behavior weights, how many were capped; tokens with a log-ratio beyond 20, with an input that is not finite */
  metrics: M['f64'];
  /** [12] i32; output: the numerator before it was rounded: a sum that exact_sum adds to others' */
  numerator?: M['i32'] | null | undefined;
}

/** Policy loss over logits, whose gradient takes their place, in one pass over the rows: for losses with token-level ratios and normalisers that are known beforehand (weights, by aggregate). Same log-probabilities, to the bit, as token_log_probs. */
export interface PolicyLossLogitsArgs<M extends Memory = HostMemory> {
  /** tokens */
  T: number;
  /** [1, inf]: vocabulary size */
  V: number;
  /** type of the logits */
  dtype: 'f32' | 'bf16' | 'f16';
  /** [T,V] of dtype; updated in place: logits; then the gradient of the loss by them. In f16 below 3e-8 becomes 0, above 65504 infinite: scale the loss, or take bf16 */
  logits: M['floats'];
  /** [T] i32: the token that was drawn; rows with one outside of 0..V-1 count as masked */
  targets: M['i32'];
  /** (0, inf]: divisor of the logits */
  temperature: number;
  /** [T] f32: log-probability under the policy that drew the tokens */
  old_logp: M['f32'];
  /** [T] f32: A_t */
  advantages: M['f32'];
  /** [T] f32: factor of each token's loss in the sum: aggregate's weights; rows with 0, the masked ones, are not read and get results and gradients of 0 */
  weights: M['f32'];
  /** [T] f32: log-probability under the sampler, where it is not the policy of old_logp */
  behavior_logp?: M['f32'] | null | undefined;
  /** [T] f32: log-probability under the reference */
  ref_logp?: M['f32'] | null | undefined;
  /** [T] u8; values in [0, 1]: topr: 1 for tokens of positive responses; without it, advantages > 0 */
  positives?: M['u8'] | null | undefined;
  /** surrogate */
  objective: 'reinforce' | 'ppo' | 'dual-clip' | 'tis' | 'cispo' | 'topr';
  /** estimator of KL[policy || reference] */
  kl: 'none' | 'k1' | 'k2' | 'k3';
  /** gradient of the KL term: of the estimator itself, or of k2 */
  kl_gradient: 'own' | 'k2';
  /** [0, inf]: ppo, dual-clip, cispo: ratio clipped below 1 - it */
  clip_low: number;
  /** [0, inf]: ppo, dual-clip, cispo: ratio clipped above 1 + it */
  clip_high: number;
  /** (0, inf]: tis, topr: largest weight; dual-clip: bound on the ratio under a negative advantage, above 1 */
  ratio_cap: number;
  /** [0, inf]: topr: weight of positives */
  positive_weight: number;
  /** [0, inf]: topr: weight of negatives */
  negative_weight: number;
  /** (0, inf]: largest ratio old / behavior */
  behavior_cap: number;
  /** factor of the KL term */
  kl_coef: number;
  /** factor of the entropy, which is subtracted */
  entropy_coef: number;
  /** [1] f64; output: sum of weights times losses, rounded once */
  loss: M['f64'];
  /** [T] f32; output: loss of each token */
  losses: M['f32'];
  /** [T] f32; output: log-probability of the target, nats */
  logp?: M['f32'] | null | undefined;
  /** [T] f32; output: entropy of the row, nats */
  entropy?: M['f32'] | null | undefined;
}

/** Root-mean-square norm and rotary embedding of the queries and keys of new tokens; keys and values go into the cache. The bits of rms_norm, rotary_embedding and kv_cache_write one after another. */
export interface QkvCacheWriteArgs<M extends Memory = HostMemory> {
  /** new tokens, of any sequences */
  R: number;
  /** sequences that the cache holds */
  slots: number;
  /** positions of a slot */
  C: number;
  /** query heads */
  H: number;
  /** [1, inf]: key and value heads */
  Hkv: number;
  /** [1, inf]: head size, even */
  D: number;
  /** D / 2 */
  half: number;
  /** positions of the table, at least C */
  P: number;
  /** [R,H+2*Hkv,D] f32: query heads, key heads, value heads */
  qkv: M['f32'];
  /** [D] f32: weight of the norm of queries */
  q_norm: M['f32'];
  /** [D] f32: weight of the norm of keys */
  k_norm: M['f32'];
  /** [0, inf]: under the root */
  eps: number;
  /** [P,half] f32: of rotary_table */
  cos: M['f32'];
  /** [P,half] f32: of rotary_table */
  sin: M['f32'];
  /** [R] i32; values in [0, slots-1]: slot of each row */
  slot: M['i32'];
  /** [R] i32; values in [0, C-1]: its place in the slot */
  position: M['i32'];
  /** [R,H,D] f32; output: queries for decode_attention */
  q: M['f32'];
  /** [slots,C,Hkv,D] f32; updated in place: keys so far */
  k_cache: M['f32'];
  /** [slots,C,Hkv,D] f32; updated in place: values so far */
  v_cache: M['f32'];
}

/** Sum, mean, maximum or minimum over one axis. Sums are carried in float64; maxima and minima pass NaN on and take the first of equal elements. */
export interface ReduceArgs<M extends Memory = HostMemory> {
  /** product of the sizes before the axis */
  outer: number;
  /** [0, 2147483647]: size of the axis */
  n: number;
  /** product of the sizes after it */
  inner: number;
  /** [outer,n,inner] f32: elements */
  x: M['f32'];
  /** reduction; only sum is defined for n = 0 */
  fn: 'sum' | 'mean' | 'max' | 'min';
  /** [outer,inner] f32; output: reduced values */
  y: M['f32'];
  /** [outer,inner] i32; output: max and min: where along the axis the value was found */
  index?: M['i32'] | null | undefined;
}

/** Retrace(lambda) targets of an action value (1606.02647). Masked steps get 0 and are passed over, as if the row did not hold them. */
export interface RetraceArgs<M extends Memory = HostMemory> {
  /** rows: environments or sequences */
  N: number;
  /** steps of all rows together */
  steps: number;
  /** rows: [N, steps/N]; packed: row r holds the steps offsets[r] .. offsets[r+1]-1; time_major: [steps/N, N] */
  layout: 'rows' | 'packed' | 'time_major';
  /** [N+1] i32; typed array on every device: of a packed layout: where each row begins, rising from 0 to steps */
  offsets?: HostMemory['i32'] | null | undefined;
  /** [steps] f32: reward of the transition out of step t */
  rewards: M['f32'];
  /** [steps] f32: V(s_t) = E Q(s_t, .) under the policy that is evaluated */
  values: M['f32'];
  /** [steps] f32: Q(s_t, a_t) */
  q_values: M['f32'];
  /** [steps] f32: log-probability of the action under the policy that is evaluated */
  logp: M['f32'];
  /** [steps] f32: log-probability of the action under the policy that acted */
  behavior_logp: M['f32'];
  /** [steps] f32: V(s_{t+1}) of the transition itself; without it the value of the next step of the row that counts */
  next_values?: M['f32'] | null | undefined;
  /** [N] f32: value after the last step that counts, where next_values is left out; 0 without it */
  last_values?: M['f32'] | null | undefined;
  /** [steps] u8; values in [0, 1]: 1: the episode ended by itself */
  terminated: M['u8'];
  /** [steps] u8; values in [0, 1]: 1: the episode was cut off; before the last step that counts it needs next_values. A device does not look: there the results are NaN from such a step back through its episode */
  truncated?: M['u8'] | null | undefined;
  /** [steps] u8; values in [0, 1]: 1: the step counts; others are passed over, as if the row did not hold them */
  mask?: M['u8'] | null | undefined;
  /** [0, 1]: discount */
  gamma: number;
  /** [0, 1]: factor of the trace coefficients */
  lambda: number;
  /** [steps] f32; output: target - V(s_t) */
  advantages: M['f32'];
  /** [steps] f32; output: Q(s_t, a_t) corrected */
  targets?: M['f32'] | null | undefined;
  /** [3] f64; output: count, mean and sum of squared deviations of them over the steps that count */
  stats?: M['f64'] | null | undefined;
}

/** Rhythm-aligned credit (2510.13554, eq. 14-19). Masked tokens are taken out, as if a sequence did not hold them; the sets are made in every mode. NaN in a signal of the mode makes the credit of the whole sequence NaN and its sets empty. */
export interface RhythmCreditArgs<M extends Memory = HostMemory> {
  /** tokens of all sequences */
  T: number;
  /** sequences */
  S: number;
  /** [T] f32: mean over the local heads */
  waad: M['f32'];
  /** [T] f32: mean over the global heads; without it there are no anchors */
  fai?: M['f32'] | null | undefined;
  /** [T] i32: queries in the horizon of each token: where there is none FAI is undefined and never selected; defined everywhere without it */
  horizon?: M['i32'] | null | undefined;
  /** [T] u8; values in [0, 1]: 1: a response token that counts */
  mask: M['u8'];
  /** [S+1] i32; typed array on every device: first token of each sequence, then T */
  offsets: HostMemory['i32'];
  /** rule of the credit */
  mode: 'local' | 'global' | 'coupled';
  /** what makes the sets: highest or lowest WAAD change and FAI, or as a control the highest of random_keys or entropy among the same tokens */
  select: 'top' | 'bottom' | 'random' | 'entropy';
  /** [0, 1]: share selected: ceil(q n) of the tokens that count, for anchors of those with an FAI */
  q: number;
  /** [0, inf]: credit of a selected token */
  gamma_amp: number;
  /** [0, 1]: share of a dominated anchor's bonus that goes to the token that introduces it */
  alpha: number;
  /** [1, inf]: tokens before an anchor that may introduce it */
  k: number;
  /** largest WAAD of a dominated anchor: median over the sequence, or tau_waad */
  tau_waad_mode: 'median' | 'value';
  /** see tau_waad_mode */
  tau_waad: number;
  /** smallest WAAD change before a dominated anchor: median over the sequence, the cut of its top q, or tau_delta */
  tau_delta_mode: 'median' | 'topq' | 'value';
  /** see tau_delta_mode */
  tau_delta: number;
  /** a token in several sets gets all terms, or that of the last of anchor, dominated, intro */
  overlap: 'add' | 'overwrite';
  /** [T] f32: for select entropy */
  entropy?: M['f32'] | null | undefined;
  /** [2,T] f32: uniform numbers for select random: of preplan tokens, then of anchors */
  random_keys?: M['f32'] | null | undefined;
  /** [T] f32; output: factor of the advantage; 1 where masked */
  credit: M['f32'];
  /** [T] u8; output: 1: selected by WAAD change */
  preplan: M['u8'];
  /** [T] u8; output: 1: selected by FAI */
  anchor: M['u8'];
  /** [T] u8; output: 1: introduces a dominated anchor */
  intro: M['u8'];
  /** [T] u8; output: 1: an anchor under a recent WAAD peak */
  dominated: M['u8'];
  /** [T] f32; output: WAAD change to the next token that counts; 0 for the last one and where masked */
  delta: M['f32'];
}

/** Root mean square normalisation of every row (1910.07467): y = x weight / sqrt(mean x^2 + eps). */
export interface RmsNormArgs<M extends Memory = HostMemory> {
  /** rows */
  N: number;
  /** [1, 9007199254740991]: elements of a row */
  D: number;
  /** [N,D] f32: rows to normalise */
  x: M['f32'];
  /** [D] f32: gain of every column */
  weight: M['f32'];
  /** [0, 1]: added to the mean square; with 0 a row of zeros is NaN */
  eps: number;
  /** [N,D] f32; output; may be x itself: normalised rows */
  y: M['f32'];
  /** [N] f32; output: 1 / sqrt(mean x^2 + eps), for the gradient */
  inv_rms: M['f32'];
}

/** Gradient of rms_norm; that of the weight is added up. */
export interface RmsNormBackwardArgs<M extends Memory = HostMemory> {
  /** rows */
  N: number;
  /** [1, 9007199254740991]: elements of a row */
  D: number;
  /** [N,D] f32: rows before normalisation */
  x: M['f32'];
  /** [D] f32: gain of every column */
  weight: M['f32'];
  /** [N] f32: as rms_norm gave it */
  inv_rms: M['f32'];
  /** [N,D] f32: gradient of the normalised rows */
  dy: M['f32'];
  /** [N,D] f32; output; may be dy itself: gradient of x */
  dx: M['f32'];
  /** [D] f32; updated in place: the gradient of weight is added */
  dweight: M['f32'];
}

/** Rotary position embedding (2104.09864), component j paired with j + D/2. The gradient by x is the inverse of the gradient by y. */
export interface RotaryEmbeddingArgs<M extends Memory = HostMemory> {
  /** tokens */
  T: number;
  /** heads */
  H: number;
  /** head size, even */
  D: number;
  /** D / 2 */
  half: number;
  /** positions of the table */
  P: number;
  /** [T,H,D] f32: queries or keys */
  x: M['f32'];
  /** [T] i32; values in [0, P-1]: position of each token */
  positions: M['i32'];
  /** [P,half] f32: of rotary_table */
  cos: M['f32'];
  /** [P,half] f32: of rotary_table */
  sin: M['f32'];
  /** turn the other way: the backward pass */
  inverse: boolean;
  /** [T,H,D] f32; output; may be x itself: x, turned */
  y: M['f32'];
}

/** cos and sin of position * theta^(-2j/D) (2104.09864), rounded as Hugging Face rounds them. */
export interface RotaryTableArgs<M extends Memory = HostMemory> {
  /** positions, from 0 */
  P: number;
  /** head size, even */
  D: number;
  /** D / 2 */
  half: number;
  /** [1, inf]: base of the frequencies, 10,000 or more as a rule */
  theta: number;
  /** [P,half] f32; output: cosines */
  cos: M['f32'];
  /** [P,half] f32; output: sines */
  sin: M['f32'];
}

/** Multiplies every element of all arrays, as gradient clipping does. */
export interface ScaleArraysArgs<M extends Memory = HostMemory> {
  /** list of f32; updated in place: arrays of any lengths */
  arrays: readonly M['f32'][];
  /** factor, rounded to float32 */
  scale: number;
}

/** Advantage times credit where the advantage has the sign asked for, else the advantage itself (2510.13554). */
export interface ShapeAdvantagesArgs<M extends Memory = HostMemory> {
  /** tokens */
  T: number;
  /** [T] f32: A_t */
  advantages: M['f32'];
  /** [T] f32: factor gamma_t */
  credit: M['f32'];
  /** which advantages are scaled */
  sign: 'both' | 'positive' | 'negative';
  /** [T] f32; output; may be advantages itself: shaped advantages */
  y: M['f32'];
}

/** Softmax of every row. */
export interface SoftmaxArgs<M extends Memory = HostMemory> {
  /** rows */
  N: number;
  /** elements of a row */
  V: number;
  /** [N,V] f32: logits; -inf has probability 0 */
  x: M['f32'];
  /** [N,V] f32; output; may be x itself: probabilities */
  y: M['f32'];
}

/** Gradient of softmax from its result. */
export interface SoftmaxBackwardArgs<M extends Memory = HostMemory> {
  /** rows */
  N: number;
  /** elements of a row */
  V: number;
  /** [N,V] f32: probabilities, the result of softmax */
  y: M['f32'];
  /** [N,V] f32: gradient of y */
  dy: M['f32'];
  /** [N,V] f32; output; may be dy itself: gradient of the logits */
  dx: M['f32'];
}

/** y = silu(gate) up (2002.05202). */
export interface SwigluArgs<M extends Memory = HostMemory> {
  /** elements */
  n: number;
  /** [n] f32: argument of silu */
  gate: M['f32'];
  /** [n] f32: what is gated */
  up: M['f32'];
  /** [n] f32; output; may be gate itself: silu(gate) up */
  y: M['f32'];
}

/** Gradient of swiglu with respect to both arguments. */
export interface SwigluBackwardArgs<M extends Memory = HostMemory> {
  /** elements */
  n: number;
  /** [n] f32: argument of silu */
  gate: M['f32'];
  /** [n] f32: what was gated */
  up: M['f32'];
  /** [n] f32: gradient of the result */
  dy: M['f32'];
  /** [n] f32; output; may be gate itself: gradient of gate */
  dgate: M['f32'];
  /** [n] f32; output; may be up itself: gradient of up */
  dup: M['f32'];
}

/** Lambda returns (Sutton and Barto, 2nd edition, eq. 12.18). Masked steps get 0 and are passed over, as if the row did not hold them. */
export interface TdLambdaArgs<M extends Memory = HostMemory> {
  /** rows: environments or sequences */
  N: number;
  /** steps of all rows together */
  steps: number;
  /** rows: [N, steps/N]; packed: row r holds the steps offsets[r] .. offsets[r+1]-1; time_major: [steps/N, N] */
  layout: 'rows' | 'packed' | 'time_major';
  /** [N+1] i32; typed array on every device: of a packed layout: where each row begins, rising from 0 to steps */
  offsets?: HostMemory['i32'] | null | undefined;
  /** [steps] f32: reward of the transition out of step t */
  rewards: M['f32'];
  /** [steps] f32: V(s_t) */
  values: M['f32'];
  /** [steps] f32: V(s_{t+1}) of the transition itself; without it the value of the next step of the row that counts */
  next_values?: M['f32'] | null | undefined;
  /** [N] f32: value after the last step that counts, where next_values is left out; 0 without it */
  last_values?: M['f32'] | null | undefined;
  /** [steps] u8; values in [0, 1]: 1: the episode ended by itself */
  terminated: M['u8'];
  /** [steps] u8; values in [0, 1]: 1: the episode was cut off; before the last step that counts it needs next_values. A device does not look: there the results are NaN from such a step back through its episode */
  truncated?: M['u8'] | null | undefined;
  /** [steps] u8; values in [0, 1]: 1: the step counts; others are passed over, as if the row did not hold them */
  mask?: M['u8'] | null | undefined;
  /** [0, 1]: discount */
  gamma: number;
  /** [0, 1]: weight of the next return beside the next value */
  lambda: number;
  /** [steps] f32; output: G_t */
  returns: M['f32'];
  /** [3] f64; output: count, mean and sum of squared deviations of them over the steps that count */
  stats?: M['f64'] | null | undefined;
}

/** Log-probability, entropy and log-sum-exp of softmax(logits / temperature), in one read of each row. Logits of -inf have probability 0. A row has the same bits in any batch. */
export interface TokenLogProbsArgs<M extends Memory = HostMemory> {
  /** tokens */
  T: number;
  /** [1, inf]: vocabulary size */
  V: number;
  /** type of the logits */
  dtype: 'f32' | 'bf16' | 'f16';
  /** [T,V] of dtype: unnormalised log-probabilities */
  logits: M['floats'];
  /** [T] i32: the token that was drawn, 0..V-1 */
  targets: M['i32'];
  /** rows with a target outside of 0..V-1 are not read: all their results are 0; otherwise such a target is refused (on a device: its row is ignored) */
  ignore_outside: boolean;
  /** (0, inf]: divisor of the logits */
  temperature: number;
  /** [T] f32; output: log-probability of the target, nats */
  logp?: M['f32'] | null | undefined;
  /** [T] f32; output: entropy of the row, nats */
  entropy?: M['f32'] | null | undefined;
  /** [T] f32; output: log-sum-exp of logits / temperature */
  lse?: M['f32'] | null | undefined;
}

/** Gradient with respect to the logits from per-token coefficients, over the logits where wanted. Rows with both coefficients 0 are filled with 0 unread. */
export interface TokenLogProbsBackwardArgs<M extends Memory = HostMemory> {
  /** tokens */
  T: number;
  /** [1, inf]: vocabulary size */
  V: number;
  /** type of logits and dlogits */
  dtype: 'f32' | 'bf16' | 'f16';
  /** [T,V] of dtype: as given to token_log_probs */
  logits: M['floats'];
  /** [T] i32: as given to token_log_probs */
  targets: M['i32'];
  /** as given to token_log_probs: gradients of such rows are 0 */
  ignore_outside: boolean;
  /** (0, inf]: as given to token_log_probs */
  temperature: number;
  /** [T] f32: as returned by token_log_probs */
  lse: M['f32'];
  /** [T] f32: as returned by token_log_probs; dentropy needs it */
  entropy?: M['f32'] | null | undefined;
  /** [T] f32: gradient of the loss by logp */
  dlogp: M['f32'];
  /** [T] f32: gradient of the loss by entropy; 0 without it */
  dentropy?: M['f32'] | null | undefined;
  /** [T,V] of dtype; output; may be logits itself: gradient of the loss by logits. In f16 below 3e-8 becomes 0, above 65504 infinite: scale the loss, or take bf16 */
  dlogits: M['floats'];
}

/** y = f(x), element by element. */
export interface UnaryArgs<M extends Memory = HostMemory> {
  /** elements */
  n: number;
  /** [n] f32: argument */
  x: M['f32'];
  /** f; rsqrt is 1 / sqrt(x) */
  fn: 'neg' | 'abs' | 'exp' | 'log' | 'sqrt' | 'rsqrt' | 'square' | 'reciprocal' | 'relu' | 'tanh' | 'sigmoid' | 'silu';
  /** [n] f32; output; may be x itself: f(x) */
  y: M['f32'];
}

/** Gradient of unary: dx = dy f'(x). */
export interface UnaryBackwardArgs<M extends Memory = HostMemory> {
  /** elements */
  n: number;
  /** [n] f32: argument of the forward call */
  x: M['f32'];
  /** [n] f32: its result */
  y: M['f32'];
  /** [n] f32: gradient of y */
  dy: M['f32'];
  /** f */
  fn: 'neg' | 'abs' | 'exp' | 'log' | 'sqrt' | 'rsqrt' | 'square' | 'reciprocal' | 'relu' | 'tanh' | 'sigmoid' | 'silu';
  /** [n] f32; output; may be dy itself: gradient of x */
  dx: M['f32'];
}

/** Squared error of values against returns over packed sequences, with PPO's clipping where old values are given, divided by a denominator that counts over the whole optimiser batch. */
export interface ValueLossArgs<M extends Memory = HostMemory> {
  /** tokens or steps of all sequences */
  T: number;
  /** sequences */
  S: number;
  /** [T] f32: V(s_t) of the value function that learns */
  values: M['f32'];
  /** [T] f32: V(s_t) when the steps were taken: clipping around it */
  old_values?: M['f32'] | null | undefined;
  /** [T] f32: what the values ought to be */
  returns: M['f32'];
  /** [T] u8; values in [0, 1]: 1: the step counts */
  mask: M['u8'];
  /** [S+1] i32; typed array on every device; values in [0, T]: where each sequence begins, rising from 0; the last entry is T */
  offsets: HostMemory['i32'];
  /** half the squared error, whose derivative is the error, or all of it */
  scale: 'half' | 'full';
  /** [0, inf]: how far a value may move from its old one */
  clip: number;
  /** how steps and sequences are averaged */
  aggregation: 'token-mean' | 'seq-mean-token-mean' | 'seq-mean-token-sum' | 'seq-mean-token-sum-norm';
  /** (0, inf]: over the whole optimiser batch: its unmasked steps (token-mean), its sequences with an unmasked step (seq-mean-*), those times the norm constant (seq-mean-token-sum-norm) */
  denominator: number;
  /** [1] f64; output: numerator / denominator */
  loss: M['f64'];
  /** [T] f32; output: derivative of the loss by values */
  dvalues: M['f32'];
  /** [10] f64; output: over unmasked steps: numerator of the loss, steps, sequences that hold one, steps whose clipped branch binds; sums of returns - values and of its square, of returns and of their squares; largest |returns - values| (NaN passed over); steps with an input that is not finite */
  metrics: M['f64'];
  /** [12] i32; output: the numerator before it was rounded: a sum that exact_sum adds to others' */
  numerator?: M['i32'] | null | undefined;
}

/** V-trace targets and policy gradient advantages (1802.01561). Masked steps get 0 and are passed over, as if the row did not hold them. */
export interface VtraceArgs<M extends Memory = HostMemory> {
  /** rows: environments or sequences */
  N: number;
  /** steps of all rows together */
  steps: number;
  /** rows: [N, steps/N]; packed: row r holds the steps offsets[r] .. offsets[r+1]-1; time_major: [steps/N, N] */
  layout: 'rows' | 'packed' | 'time_major';
  /** [N+1] i32; typed array on every device: of a packed layout: where each row begins, rising from 0 to steps */
  offsets?: HostMemory['i32'] | null | undefined;
  /** [steps] f32: reward of the transition out of step t */
  rewards: M['f32'];
  /** [steps] f32: V(s_t) */
  values: M['f32'];
  /** [steps] f32: log-probability of the action under the policy that is evaluated */
  logp: M['f32'];
  /** [steps] f32: log-probability of the action under the policy that acted */
  behavior_logp: M['f32'];
  /** [steps] f32: V(s_{t+1}) of the transition itself; without it the value of the next step of the row that counts. The v_{t+1} of advantages is it and what v adds to the value of the next step */
  next_values?: M['f32'] | null | undefined;
  /** [N] f32: value after the last step that counts, where next_values is left out; 0 without it */
  last_values?: M['f32'] | null | undefined;
  /** [steps] u8; values in [0, 1]: 1: the episode ended by itself */
  terminated: M['u8'];
  /** [steps] u8; values in [0, 1]: 1: the episode was cut off; before the last step that counts it needs next_values. A device does not look: there the results are NaN from such a step back through its episode */
  truncated?: M['u8'] | null | undefined;
  /** [steps] u8; values in [0, 1]: 1: the step counts; others are passed over, as if the row did not hold them */
  mask?: M['u8'] | null | undefined;
  /** [0, 1]: discount */
  gamma: number;
  /** [0, 1]: factor of the trace coefficients */
  lambda: number;
  /** [0, inf]: largest weight of a temporal difference */
  rho_bar: number;
  /** [0, inf]: largest trace coefficient */
  c_bar: number;
  /** [0, inf]: largest weight of an advantage */
  pg_rho_bar: number;
  /** what rho weighs: the whole temporal difference (the paper), or the reward alone (one of PufferLib's kernels) */
  delta: 'td_error' | 'reward';
  /** rho (r + gamma v_{t+1} - V(s_t)), or v_t - V(s_t) (PufferLib) */
  advantage: 'policy_gradient' | 'target';
  /** [steps] f32; output: A_t */
  advantages: M['f32'];
  /** [steps] f32; output: v_t */
  targets?: M['f32'] | null | undefined;
  /** [3] f64; output: count, mean and sum of squared deviations of them over the steps that count */
  stats?: M['f64'] | null | undefined;
}

/** Every op, synchronous and asynchronous. On the CPU the asynchronous form
 * copies its inputs before it returns; on a device it resolves when the work is done. */
export interface Ops<M extends Memory = HostMemory> {
  /** One step of AdamW (1711.05101) with bias correction, for many tensors in one call. */
  adamw(a: AdamwArgs<M>): void;
  adamw_async(a: AdamwArgs<M>): Promise<void>;
  /** Masked per-token losses of packed sequences over a denominator that counts over the whole optimiser batch, so that parts of a batch add up to its loss. */
  aggregate(a: AggregateArgs<M>): void;
  aggregate_async(a: AggregateArgs<M>): Promise<void>;
  /** Estimates of KL[policy || reference] from tokens that the policy drew (Schulman, 2020). With d = ref_logp - logp: k1 = -d, k2 = d^2 / 2, k3 = exp(d) - 1 - d. Masked tokens get 0. */
  approx_kl(a: ApproxKlArgs<M>): void;
  approx_kl_async(a: ApproxKlArgs<M>): Promise<void>;
  /** Attention rhythm of causal heads without their maps (2510.13554, eq. 7, 9, 10). Outputs per token lie as [H,T] in layout thd and as [S,H,L] in layout bhtd. */
  attention_metrics(a: AttentionMetricsArgs<M>): void;
  attention_metrics_async(a: AttentionMetricsArgs<M>): Promise<void>;
  /** Attention rhythm of causal maps that were kept (2510.13554, eq. 7, 9, 10): the weights as they are, not divided by their sum. The lower triangle is read once, what is above it never. */
  attention_metrics_from_maps(a: AttentionMetricsFromMapsArgs<M>): void;
  attention_metrics_from_maps_async(a: AttentionMetricsFromMapsArgs<M>): Promise<void>;
  /** y = f(a, b) with broadcasting: element (i0, i1, i2, i3) of y takes a[i0 a_s0 + i1 a_s1 + i2 a_s2 + i3 a_s3], and b likewise. */
  binary(a: BinaryArgs<M>): void;
  binary_async(a: BinaryArgs<M>): Promise<void>;
  /** Sum of the elements' bits, each taken as an integer, modulo 2^32: the same in any order, so the yardstick of what reads memory (4 bytes an element), and a cheap fingerprint of equal bits. */
  bit_sum(a: BitSumArgs<M>): void;
  bit_sum_async(a: BitSumArgs<M>): Promise<void>;
  /** Floats in another type: widening is exact, narrowing rounds to nearest, ties to even; what is too large becomes infinity, NaN stays NaN. */
  cast(a: CastArgs<M>): void;
  cast_async(a: CastArgs<M>): Promise<void>;
  /** Draws a token from softmax(logits / temperature) by inversion of the cumulative sum; the draw is a function of seed, stream and step alone (math/philox.h), so a sequence gets the same one in any batch. A logit of -inf is never drawn; every row needs a largest logit that is finite and no NaN. */
  categorical_sample(a: CategoricalSampleArgs<M>): void;
  categorical_sample_async(a: CategoricalSampleArgs<M>): Promise<void>;
  /** Causal softmax attention (1706.03762 eq. 1) over packed sequences, grouped queries (2305.13245): query head h reads key head h / (H / Hkv). Scores are never stored as a whole (2205.14135). */
  causal_attention(a: CausalAttentionArgs<M>): void;
  causal_attention_async(a: CausalAttentionArgs<M>): Promise<void>;
  /** Gradient of causal_attention. The weights come back from the scores and lse, tile by tile (2205.14135, algorithm 4). */
  causal_attention_backward(a: CausalAttentionBackwardArgs<M>): void;
  causal_attention_backward_async(a: CausalAttentionBackwardArgs<M>): Promise<void>;
  /** y = x, as a plain streaming loop: the yardstick of what moves memory (4 bytes read and 4 written an element). */
  copy(a: CopyArgs<M>): void;
  copy_async(a: CopyArgs<M>): Promise<void>;
  /** Softmax attention (1706.03762 eq. 1) of one query per row over the first keys of its cache slot, grouped queries as in causal_attention. A row has the same bits alone and in any batch. */
  decode_attention(a: DecodeAttentionArgs<M>): void;
  decode_attention_async(a: DecodeAttentionArgs<M>): Promise<void>;
  /** Discounted returns (Sutton and Barto, 2nd edition, eq. 3.9). Masked steps get 0 and are passed over, as if the row did not hold them. */
  discounted_returns(a: DiscountedReturnsArgs<M>): void;
  discounted_returns_async(a: DiscountedReturnsArgs<M>): Promise<void>;
  /** Rows of a table: y[t] = table[ids[t]]. */
  embedding(a: EmbeddingArgs<M>): void;
  embedding_async(a: EmbeddingArgs<M>): Promise<void>;
  /** Gradient of embedding: dtable[ids[t]] += dy[t], tokens in their order. */
  embedding_backward(a: EmbeddingBackwardArgs<M>): void;
  embedding_backward_async(a: EmbeddingBackwardArgs<M>): Promise<void>;
  /** What a key in a cache is worth: attention that it got, pooled over its neighbours and averaged over the query heads of its key head (SnapKV, 2404.14469; kvpress). The last keys of a sequence get the largest score of the others. */
  eviction_scores(a: EvictionScoresArgs<M>): void;
  eviction_scores_async(a: EvictionScoresArgs<M>): Promise<void>;
  /** Adds sums that have not been rounded (352-bit fixed point): the numerators of a batch's parts give the bits of the whole batch's, however it was cut and in whatever order. */
  exact_sum(a: ExactSumArgs<M>): void;
  exact_sum_async(a: ExactSumArgs<M>): Promise<void>;
  /** Generalised advantage estimation (1506.02438). Masked steps are passed over, as if the row did not hold them; they get 0, or the advantage of the next step that counts. */
  gae(a: GaeArgs<M>): void;
  gae_async(a: GaeArgs<M>): Promise<void>;
  /** L2 norm over all elements of all arrays, summed in float64 over fixed parts of the whole. Not finite when an element is not. */
  global_norm(a: GlobalNormArgs<M>): void;
  global_norm_async(a: GlobalNormArgs<M>): Promise<void>;
  /** GraMa (2505.24061, eq. 2, on parameters): mean |gradient| of every neuron, its ratio to the mean of the layer, how many neurons are dormant, and what else one read of the gradients gives. A gradient is [outer, neurons, inner]: rows are [1, rows, columns], columns [rows, columns, 1], input channels of a convolution [out, in, height * width]. NaN gradients make what they enter NaN. */
  grad_stats(a: GradStatsArgs<M>): void;
  grad_stats_async(a: GradStatsArgs<M>): Promise<void>;
  /** Adds a per-head signal of chosen heads to sums, so that layers add up. Heads that are not chosen have no effect. */
  head_sums(a: HeadSumsArgs<M>): void;
  head_sums_async(a: HeadSumsArgs<M>): Promise<void>;
  /** Keys and values of new tokens into the cache of decode_attention. Of two rows with the same slot and position the later one stays. */
  kv_cache_write(a: KvCacheWriteArgs<M>): void;
  kv_cache_write_async(a: KvCacheWriteArgs<M>): Promise<void>;
  /** Layer normalisation of every row (1607.06450): y = (x - mean x) weight / sqrt(var x + eps) + bias, the variance over D. */
  layer_norm(a: LayerNormArgs<M>): void;
  layer_norm_async(a: LayerNormArgs<M>): Promise<void>;
  /** Gradient of layer_norm; those of the weight and the bias are added up. */
  layer_norm_backward(a: LayerNormBackwardArgs<M>): void;
  layer_norm_backward_async(a: LayerNormBackwardArgs<M>): Promise<void>;
  /** Policy loss over the logits hidden weight^T with its gradients by hidden and weight, a chunk of tokens at a time: the logits of all tokens are never in memory. For losses as of policy_loss_logits. On a CPU logits are float32; on a device they and their gradients are rounded to the type of hidden. */
  linear_policy_loss(a: LinearPolicyLossArgs<M>): void;
  linear_policy_loss_async(a: LinearPolicyLossArgs<M>): Promise<void>;
  /** Log-probability, entropy and log-sum-exp of softmax(hidden weight^T / temperature) without the logits in memory: for the policy that learns, the old one and the reference. On a CPU logits are float32; on a device they are rounded to the type of hidden. */
  linear_token_log_probs(a: LinearTokenLogProbsArgs<M>): void;
  linear_token_log_probs_async(a: LinearTokenLogProbsArgs<M>): Promise<void>;
  /** Gradients with respect to hidden and weight from per-token coefficients. The logits are made again, a chunk of tokens at a time. Tokens with both coefficients 0 are not read. */
  linear_token_log_probs_backward(a: LinearTokenLogProbsBackwardArgs<M>): void;
  linear_token_log_probs_backward_async(a: LinearTokenLogProbsBackwardArgs<M>): Promise<void>;
  /** Logarithm of the softmax of every row. */
  log_softmax(a: LogSoftmaxArgs<M>): void;
  log_softmax_async(a: LogSoftmaxArgs<M>): Promise<void>;
  /** Gradient of log_softmax from its result. */
  log_softmax_backward(a: LogSoftmaxBackwardArgs<M>): void;
  log_softmax_backward_async(a: LogSoftmaxBackwardArgs<M>): Promise<void>;
  /** Matrix products c = op(a) op(b) + bias over a batch. Without transpose_a a row of c has the same bits whatever rows are beside it; on CUDA with ANACRUSIS_GEMM=tiled only, as cuBLASLt chooses by size. */
  matmul(a: MatmulArgs<M>): void;
  matmul_async(a: MatmulArgs<M>): Promise<void>;
  /** Rewards less a mean, over max(deviation, std_floor) + eps (2508.08221, section 4.1). Where the deviation is 0 the advantage is exactly 0. */
  normalize_advantages(a: NormalizeAdvantagesArgs<M>): void;
  normalize_advantages_async(a: NormalizeAdvantagesArgs<M>): Promise<void>;
  /** The weight of a linear layer in panels of 16 outputs, as packed_linear reads it. */
  pack_linear(a: PackLinearArgs<M>): void;
  pack_linear_async(a: PackLinearArgs<M>): Promise<void>;
  /** y = x W^T + bias, or added to y, with a weight from pack_linear. Batch-invariant: a row has the same bits alone and in any batch, and those of matmul with transpose_b (on CUDA: with ANACRUSIS_GEMM=tiled). */
  packed_linear(a: PackedLinearArgs<M>): void;
  packed_linear_async(a: PackedLinearArgs<M>): Promise<void>;
  /** Random integers in [lo, hi], both included, from Philox4x32-10 (SC'11). Element i is a function of seed, stream and offset + i alone. */
  philox_integer(a: PhiloxIntegerArgs<M>): void;
  philox_integer_async(a: PhiloxIntegerArgs<M>): Promise<void>;
  /** Normal random numbers from Philox4x32-10 (SC'11) by Box and Muller. Element i is a function of seed, stream and offset + i alone. */
  philox_normal(a: PhiloxNormalArgs<M>): void;
  philox_normal_async(a: PhiloxNormalArgs<M>): Promise<void>;
  /** Uniform random numbers in [lo, hi) from Philox4x32-10 (SC'11). Element i is a function of seed, stream and offset + i alone. */
  philox_uniform(a: PhiloxUniformArgs<M>): void;
  philox_uniform_async(a: PhiloxUniformArgs<M>): Promise<void>;
  /** One element along an axis, zeros beside it: the gradient of reduce with max or min. */
  place(a: PlaceArgs<M>): void;
  place_async(a: PlaceArgs<M>): Promise<void>;
  /** Policy loss over packed sequences and the derivatives that the loss over logits chains: clipped PPO, dual clip, decoupled PPO, TIS, CISPO, TOPR, REINFORCE and GSPO, with KL and entropy terms. Divided by a denominator that counts over the whole optimiser batch, so that parts of a batch add up to its loss, to the bit. */
  policy_loss(a: PolicyLossArgs<M>): void;
  policy_loss_async(a: PolicyLossArgs<M>): Promise<void>;
  /** Policy loss over logits, whose gradient takes their place, in one pass over the rows: for losses with token-level ratios and normalisers that are known beforehand (weights, by aggregate). Same log-probabilities, to the bit, as token_log_probs. */
  policy_loss_logits(a: PolicyLossLogitsArgs<M>): void;
  policy_loss_logits_async(a: PolicyLossLogitsArgs<M>): Promise<void>;
  /** Root-mean-square norm and rotary embedding of the queries and keys of new tokens; keys and values go into the cache. The bits of rms_norm, rotary_embedding and kv_cache_write one after another. */
  qkv_cache_write(a: QkvCacheWriteArgs<M>): void;
  qkv_cache_write_async(a: QkvCacheWriteArgs<M>): Promise<void>;
  /** Sum, mean, maximum or minimum over one axis. Sums are carried in float64; maxima and minima pass NaN on and take the first of equal elements. */
  reduce(a: ReduceArgs<M>): void;
  reduce_async(a: ReduceArgs<M>): Promise<void>;
  /** Retrace(lambda) targets of an action value (1606.02647). Masked steps get 0 and are passed over, as if the row did not hold them. */
  retrace(a: RetraceArgs<M>): void;
  retrace_async(a: RetraceArgs<M>): Promise<void>;
  /** Rhythm-aligned credit (2510.13554, eq. 14-19). Masked tokens are taken out, as if a sequence did not hold them; the sets are made in every mode. NaN in a signal of the mode makes the credit of the whole sequence NaN and its sets empty. */
  rhythm_credit(a: RhythmCreditArgs<M>): void;
  rhythm_credit_async(a: RhythmCreditArgs<M>): Promise<void>;
  /** Root mean square normalisation of every row (1910.07467): y = x weight / sqrt(mean x^2 + eps). */
  rms_norm(a: RmsNormArgs<M>): void;
  rms_norm_async(a: RmsNormArgs<M>): Promise<void>;
  /** Gradient of rms_norm; that of the weight is added up. */
  rms_norm_backward(a: RmsNormBackwardArgs<M>): void;
  rms_norm_backward_async(a: RmsNormBackwardArgs<M>): Promise<void>;
  /** Rotary position embedding (2104.09864), component j paired with j + D/2. The gradient by x is the inverse of the gradient by y. */
  rotary_embedding(a: RotaryEmbeddingArgs<M>): void;
  rotary_embedding_async(a: RotaryEmbeddingArgs<M>): Promise<void>;
  /** cos and sin of position * theta^(-2j/D) (2104.09864), rounded as Hugging Face rounds them. */
  rotary_table(a: RotaryTableArgs<M>): void;
  rotary_table_async(a: RotaryTableArgs<M>): Promise<void>;
  /** Multiplies every element of all arrays, as gradient clipping does. */
  scale_arrays(a: ScaleArraysArgs<M>): void;
  scale_arrays_async(a: ScaleArraysArgs<M>): Promise<void>;
  /** Advantage times credit where the advantage has the sign asked for, else the advantage itself (2510.13554). */
  shape_advantages(a: ShapeAdvantagesArgs<M>): void;
  shape_advantages_async(a: ShapeAdvantagesArgs<M>): Promise<void>;
  /** Softmax of every row. */
  softmax(a: SoftmaxArgs<M>): void;
  softmax_async(a: SoftmaxArgs<M>): Promise<void>;
  /** Gradient of softmax from its result. */
  softmax_backward(a: SoftmaxBackwardArgs<M>): void;
  softmax_backward_async(a: SoftmaxBackwardArgs<M>): Promise<void>;
  /** y = silu(gate) up (2002.05202). */
  swiglu(a: SwigluArgs<M>): void;
  swiglu_async(a: SwigluArgs<M>): Promise<void>;
  /** Gradient of swiglu with respect to both arguments. */
  swiglu_backward(a: SwigluBackwardArgs<M>): void;
  swiglu_backward_async(a: SwigluBackwardArgs<M>): Promise<void>;
  /** Lambda returns (Sutton and Barto, 2nd edition, eq. 12.18). Masked steps get 0 and are passed over, as if the row did not hold them. */
  td_lambda(a: TdLambdaArgs<M>): void;
  td_lambda_async(a: TdLambdaArgs<M>): Promise<void>;
  /** Log-probability, entropy and log-sum-exp of softmax(logits / temperature), in one read of each row. Logits of -inf have probability 0. A row has the same bits in any batch. */
  token_log_probs(a: TokenLogProbsArgs<M>): void;
  token_log_probs_async(a: TokenLogProbsArgs<M>): Promise<void>;
  /** Gradient with respect to the logits from per-token coefficients, over the logits where wanted. Rows with both coefficients 0 are filled with 0 unread. */
  token_log_probs_backward(a: TokenLogProbsBackwardArgs<M>): void;
  token_log_probs_backward_async(a: TokenLogProbsBackwardArgs<M>): Promise<void>;
  /** y = f(x), element by element. */
  unary(a: UnaryArgs<M>): void;
  unary_async(a: UnaryArgs<M>): Promise<void>;
  /** Gradient of unary: dx = dy f'(x). */
  unary_backward(a: UnaryBackwardArgs<M>): void;
  unary_backward_async(a: UnaryBackwardArgs<M>): Promise<void>;
  /** Squared error of values against returns over packed sequences, with PPO's clipping where old values are given, divided by a denominator that counts over the whole optimiser batch. */
  value_loss(a: ValueLossArgs<M>): void;
  value_loss_async(a: ValueLossArgs<M>): Promise<void>;
  /** V-trace targets and policy gradient advantages (1802.01561). Masked steps get 0 and are passed over, as if the row did not hold them. */
  vtrace(a: VtraceArgs<M>): void;
  vtrace_async(a: VtraceArgs<M>): Promise<void>;
}

/** The ops of one binary. */
export function bindOps<M extends Memory>(binding: Binding): Ops<M> {
  const adamw_names = new Set(['K', 'params', 'grads', 'm', 'v', 'decay', 'step', 'lr', 'beta1', 'beta2', 'eps', 'weight_decay', 'grad_scale']);
  const adamw_raw = rawOp(binding, 'adamw');
  const adamw_raw_async = rawAsyncOp(binding, 'adamw');
  const adamw = (a: AdamwArgs<M>): void => {
    checkNames('adamw', adamw_names, a);
    adamw_raw(a.K, plainList(a.params), plainList(a.grads), plainList(a.m), plainList(a.v), a.decay, a.step, a.lr, a.beta1, a.beta2, a.eps, a.weight_decay, a.grad_scale);
  };
  const adamw_async = async (a: AdamwArgs<M>): Promise<void> => {
    checkNames('adamw', adamw_names, a);
    return adamw_raw_async(a.K, plainList(a.params), plainList(a.grads), plainList(a.m), plainList(a.v), a.decay, a.step, a.lr, a.beta1, a.beta2, a.eps, a.weight_decay, a.grad_scale);
  };
  const aggregate_names = new Set(['T', 'S', 'losses', 'mask', 'offsets', 'aggregation', 'denominator', 'loss', 'weights', 'numerator']);
  const aggregate_raw = rawOp(binding, 'aggregate');
  const aggregate_raw_async = rawAsyncOp(binding, 'aggregate');
  const aggregate = (a: AggregateArgs<M>): void => {
    checkNames('aggregate', aggregate_names, a);
    aggregate_raw(a.T, a.S, a.losses, a.mask, a.offsets, a.aggregation, a.denominator, a.loss, a.weights, a.numerator);
  };
  const aggregate_async = async (a: AggregateArgs<M>): Promise<void> => {
    checkNames('aggregate', aggregate_names, a);
    return aggregate_raw_async(a.T, a.S, a.losses, a.mask, a.offsets, a.aggregation, a.denominator, a.loss, a.weights, a.numerator);
  };
  const approx_kl_names = new Set(['T', 'logp', 'ref_logp', 'mask', 'estimator', 'kl', 'slope']);
  const approx_kl_raw = rawOp(binding, 'approx_kl');
  const approx_kl_raw_async = rawAsyncOp(binding, 'approx_kl');
  const approx_kl = (a: ApproxKlArgs<M>): void => {
    checkNames('approx_kl', approx_kl_names, a);
    approx_kl_raw(a.T, a.logp, a.ref_logp, a.mask, a.estimator, a.kl, a.slope);
  };
  const approx_kl_async = async (a: ApproxKlArgs<M>): Promise<void> => {
    checkNames('approx_kl', approx_kl_names, a);
    return approx_kl_raw_async(a.T, a.logp, a.ref_logp, a.mask, a.estimator, a.kl, a.slope);
  };
  const attention_metrics_names = new Set(['T', 'H', 'Hkv', 'D', 'S', 'layout', 'dtype', 'q', 'k', 'offsets', 'query_begin', 'query_end', 'scale', 'window', 'h_lo', 'h_hi', 'exclude_sink', 'lse_in', 'lse_form', 'local_heads', 'global_heads', 'waad', 'fai', 'horizon', 'span', 'span_rows', 'lse']);
  const attention_metrics_raw = rawOp(binding, 'attention_metrics');
  const attention_metrics_raw_async = rawAsyncOp(binding, 'attention_metrics');
  const attention_metrics = (a: AttentionMetricsArgs<M>): void => {
    checkNames('attention_metrics', attention_metrics_names, a);
    attention_metrics_raw(a.T, a.H, a.Hkv, a.D, a.S, a.layout, a.dtype, a.q, a.k, a.offsets, a.query_begin, a.query_end, a.scale, a.window, a.h_lo, a.h_hi, a.exclude_sink, a.lse_in, a.lse_form, a.local_heads, a.global_heads, a.waad, a.fai, a.horizon, a.span, a.span_rows, a.lse);
  };
  const attention_metrics_async = async (a: AttentionMetricsArgs<M>): Promise<void> => {
    checkNames('attention_metrics', attention_metrics_names, a);
    return attention_metrics_raw_async(a.T, a.H, a.Hkv, a.D, a.S, a.layout, a.dtype, a.q, a.k, a.offsets, a.query_begin, a.query_end, a.scale, a.window, a.h_lo, a.h_hi, a.exclude_sink, a.lse_in, a.lse_form, a.local_heads, a.global_heads, a.waad, a.fai, a.horizon, a.span, a.span_rows, a.lse);
  };
  const attention_metrics_from_maps_names = new Set(['B', 'H', 'T', 'dtype', 'maps', 'normalized', 'query_begin', 'query_end', 'window', 'h_lo', 'h_hi', 'exclude_sink', 'local_heads', 'global_heads', 'waad', 'fai', 'horizon', 'span', 'span_rows']);
  const attention_metrics_from_maps_raw = rawOp(binding, 'attention_metrics_from_maps');
  const attention_metrics_from_maps_raw_async = rawAsyncOp(binding, 'attention_metrics_from_maps');
  const attention_metrics_from_maps = (a: AttentionMetricsFromMapsArgs<M>): void => {
    checkNames('attention_metrics_from_maps', attention_metrics_from_maps_names, a);
    attention_metrics_from_maps_raw(a.B, a.H, a.T, a.dtype, a.maps, a.normalized, a.query_begin, a.query_end, a.window, a.h_lo, a.h_hi, a.exclude_sink, a.local_heads, a.global_heads, a.waad, a.fai, a.horizon, a.span, a.span_rows);
  };
  const attention_metrics_from_maps_async = async (a: AttentionMetricsFromMapsArgs<M>): Promise<void> => {
    checkNames('attention_metrics_from_maps', attention_metrics_from_maps_names, a);
    return attention_metrics_from_maps_raw_async(a.B, a.H, a.T, a.dtype, a.maps, a.normalized, a.query_begin, a.query_end, a.window, a.h_lo, a.h_hi, a.exclude_sink, a.local_heads, a.global_heads, a.waad, a.fai, a.horizon, a.span, a.span_rows);
  };
  const binary_names = new Set(['d0', 'd1', 'd2', 'd3', 'A', 'B', 'a', 'b', 'a_s0', 'a_s1', 'a_s2', 'a_s3', 'b_s0', 'b_s1', 'b_s2', 'b_s3', 'fn', 'y']);
  const binary_raw = rawOp(binding, 'binary');
  const binary_raw_async = rawAsyncOp(binding, 'binary');
  const binary = (a: BinaryArgs<M>): void => {
    checkNames('binary', binary_names, a);
    binary_raw(a.d0, a.d1, a.d2, a.d3, a.A, a.B, a.a, a.b, a.a_s0, a.a_s1, a.a_s2, a.a_s3, a.b_s0, a.b_s1, a.b_s2, a.b_s3, a.fn, a.y);
  };
  const binary_async = async (a: BinaryArgs<M>): Promise<void> => {
    checkNames('binary', binary_names, a);
    return binary_raw_async(a.d0, a.d1, a.d2, a.d3, a.A, a.B, a.a, a.b, a.a_s0, a.a_s1, a.a_s2, a.a_s3, a.b_s0, a.b_s1, a.b_s2, a.b_s3, a.fn, a.y);
  };
  const bit_sum_names = new Set(['n', 'x', 'sum']);
  const bit_sum_raw = rawOp(binding, 'bit_sum');
  const bit_sum_raw_async = rawAsyncOp(binding, 'bit_sum');
  const bit_sum = (a: BitSumArgs<M>): void => {
    checkNames('bit_sum', bit_sum_names, a);
    bit_sum_raw(a.n, a.x, a.sum);
  };
  const bit_sum_async = async (a: BitSumArgs<M>): Promise<void> => {
    checkNames('bit_sum', bit_sum_names, a);
    return bit_sum_raw_async(a.n, a.x, a.sum);
  };
  const cast_names = new Set(['n', 'from', 'to', 'x', 'y']);
  const cast_raw = rawOp(binding, 'cast');
  const cast_raw_async = rawAsyncOp(binding, 'cast');
  const cast = (a: CastArgs<M>): void => {
    checkNames('cast', cast_names, a);
    cast_raw(a.n, a.from, a.to, a.x, a.y);
  };
  const cast_async = async (a: CastArgs<M>): Promise<void> => {
    checkNames('cast', cast_names, a);
    return cast_raw_async(a.n, a.from, a.to, a.x, a.y);
  };
  const categorical_sample_names = new Set(['N', 'V', 'logits', 'temperature', 'seed', 'stream', 'step', 'greedy', 'token', 'logp']);
  const categorical_sample_raw = rawOp(binding, 'categorical_sample');
  const categorical_sample_raw_async = rawAsyncOp(binding, 'categorical_sample');
  const categorical_sample = (a: CategoricalSampleArgs<M>): void => {
    checkNames('categorical_sample', categorical_sample_names, a);
    categorical_sample_raw(a.N, a.V, a.logits, a.temperature, a.seed, a.stream, a.step, a.greedy, a.token, a.logp);
  };
  const categorical_sample_async = async (a: CategoricalSampleArgs<M>): Promise<void> => {
    checkNames('categorical_sample', categorical_sample_names, a);
    return categorical_sample_raw_async(a.N, a.V, a.logits, a.temperature, a.seed, a.stream, a.step, a.greedy, a.token, a.logp);
  };
  const causal_attention_names = new Set(['T', 'H', 'Hkv', 'D', 'S', 'q', 'k', 'v', 'offsets', 'scale', 'y', 'lse']);
  const causal_attention_raw = rawOp(binding, 'causal_attention');
  const causal_attention_raw_async = rawAsyncOp(binding, 'causal_attention');
  const causal_attention = (a: CausalAttentionArgs<M>): void => {
    checkNames('causal_attention', causal_attention_names, a);
    causal_attention_raw(a.T, a.H, a.Hkv, a.D, a.S, a.q, a.k, a.v, a.offsets, a.scale, a.y, a.lse);
  };
  const causal_attention_async = async (a: CausalAttentionArgs<M>): Promise<void> => {
    checkNames('causal_attention', causal_attention_names, a);
    return causal_attention_raw_async(a.T, a.H, a.Hkv, a.D, a.S, a.q, a.k, a.v, a.offsets, a.scale, a.y, a.lse);
  };
  const causal_attention_backward_names = new Set(['T', 'H', 'Hkv', 'D', 'S', 'q', 'k', 'v', 'offsets', 'scale', 'y', 'lse', 'dy', 'dq', 'dk', 'dv']);
  const causal_attention_backward_raw = rawOp(binding, 'causal_attention_backward');
  const causal_attention_backward_raw_async = rawAsyncOp(binding, 'causal_attention_backward');
  const causal_attention_backward = (a: CausalAttentionBackwardArgs<M>): void => {
    checkNames('causal_attention_backward', causal_attention_backward_names, a);
    causal_attention_backward_raw(a.T, a.H, a.Hkv, a.D, a.S, a.q, a.k, a.v, a.offsets, a.scale, a.y, a.lse, a.dy, a.dq, a.dk, a.dv);
  };
  const causal_attention_backward_async = async (a: CausalAttentionBackwardArgs<M>): Promise<void> => {
    checkNames('causal_attention_backward', causal_attention_backward_names, a);
    return causal_attention_backward_raw_async(a.T, a.H, a.Hkv, a.D, a.S, a.q, a.k, a.v, a.offsets, a.scale, a.y, a.lse, a.dy, a.dq, a.dk, a.dv);
  };
  const copy_names = new Set(['n', 'x', 'y']);
  const copy_raw = rawOp(binding, 'copy');
  const copy_raw_async = rawAsyncOp(binding, 'copy');
  const copy = (a: CopyArgs<M>): void => {
    checkNames('copy', copy_names, a);
    copy_raw(a.n, a.x, a.y);
  };
  const copy_async = async (a: CopyArgs<M>): Promise<void> => {
    checkNames('copy', copy_names, a);
    return copy_raw_async(a.n, a.x, a.y);
  };
  const decode_attention_names = new Set(['R', 'slots', 'C', 'H', 'Hkv', 'D', 'q', 'k_cache', 'v_cache', 'slot', 'length', 'scale', 'y']);
  const decode_attention_raw = rawOp(binding, 'decode_attention');
  const decode_attention_raw_async = rawAsyncOp(binding, 'decode_attention');
  const decode_attention = (a: DecodeAttentionArgs<M>): void => {
    checkNames('decode_attention', decode_attention_names, a);
    decode_attention_raw(a.R, a.slots, a.C, a.H, a.Hkv, a.D, a.q, a.k_cache, a.v_cache, a.slot, a.length, a.scale, a.y);
  };
  const decode_attention_async = async (a: DecodeAttentionArgs<M>): Promise<void> => {
    checkNames('decode_attention', decode_attention_names, a);
    return decode_attention_raw_async(a.R, a.slots, a.C, a.H, a.Hkv, a.D, a.q, a.k_cache, a.v_cache, a.slot, a.length, a.scale, a.y);
  };
  const discounted_returns_names = new Set(['N', 'steps', 'layout', 'offsets', 'rewards', 'next_values', 'last_values', 'terminated', 'truncated', 'mask', 'gamma', 'returns', 'stats']);
  const discounted_returns_raw = rawOp(binding, 'discounted_returns');
  const discounted_returns_raw_async = rawAsyncOp(binding, 'discounted_returns');
  const discounted_returns = (a: DiscountedReturnsArgs<M>): void => {
    checkNames('discounted_returns', discounted_returns_names, a);
    discounted_returns_raw(a.N, a.steps, a.layout, a.offsets, a.rewards, a.next_values, a.last_values, a.terminated, a.truncated, a.mask, a.gamma, a.returns, a.stats);
  };
  const discounted_returns_async = async (a: DiscountedReturnsArgs<M>): Promise<void> => {
    checkNames('discounted_returns', discounted_returns_names, a);
    return discounted_returns_raw_async(a.N, a.steps, a.layout, a.offsets, a.rewards, a.next_values, a.last_values, a.terminated, a.truncated, a.mask, a.gamma, a.returns, a.stats);
  };
  const embedding_names = new Set(['V', 'D', 'T', 'table', 'ids', 'y']);
  const embedding_raw = rawOp(binding, 'embedding');
  const embedding_raw_async = rawAsyncOp(binding, 'embedding');
  const embedding = (a: EmbeddingArgs<M>): void => {
    checkNames('embedding', embedding_names, a);
    embedding_raw(a.V, a.D, a.T, a.table, a.ids, a.y);
  };
  const embedding_async = async (a: EmbeddingArgs<M>): Promise<void> => {
    checkNames('embedding', embedding_names, a);
    return embedding_raw_async(a.V, a.D, a.T, a.table, a.ids, a.y);
  };
  const embedding_backward_names = new Set(['V', 'D', 'T', 'ids', 'dy', 'dtable']);
  const embedding_backward_raw = rawOp(binding, 'embedding_backward');
  const embedding_backward_raw_async = rawAsyncOp(binding, 'embedding_backward');
  const embedding_backward = (a: EmbeddingBackwardArgs<M>): void => {
    checkNames('embedding_backward', embedding_backward_names, a);
    embedding_backward_raw(a.V, a.D, a.T, a.ids, a.dy, a.dtable);
  };
  const embedding_backward_async = async (a: EmbeddingBackwardArgs<M>): Promise<void> => {
    checkNames('embedding_backward', embedding_backward_names, a);
    return embedding_backward_raw_async(a.V, a.D, a.T, a.ids, a.dy, a.dtable);
  };
  const eviction_scores_names = new Set(['T', 'H', 'Hkv', 'S', 'layout', 'values', 'offsets', 'window', 'kernel', 'pooling', 'scores']);
  const eviction_scores_raw = rawOp(binding, 'eviction_scores');
  const eviction_scores_raw_async = rawAsyncOp(binding, 'eviction_scores');
  const eviction_scores = (a: EvictionScoresArgs<M>): void => {
    checkNames('eviction_scores', eviction_scores_names, a);
    eviction_scores_raw(a.T, a.H, a.Hkv, a.S, a.layout, a.values, a.offsets, a.window, a.kernel, a.pooling, a.scores);
  };
  const eviction_scores_async = async (a: EvictionScoresArgs<M>): Promise<void> => {
    checkNames('eviction_scores', eviction_scores_names, a);
    return eviction_scores_raw_async(a.T, a.H, a.Hkv, a.S, a.layout, a.values, a.offsets, a.window, a.kernel, a.pooling, a.scores);
  };
  const exact_sum_names = new Set(['n', 'sums', 'value', 'total']);
  const exact_sum_raw = rawOp(binding, 'exact_sum');
  const exact_sum_raw_async = rawAsyncOp(binding, 'exact_sum');
  const exact_sum = (a: ExactSumArgs<M>): void => {
    checkNames('exact_sum', exact_sum_names, a);
    exact_sum_raw(a.n, a.sums, a.value, a.total);
  };
  const exact_sum_async = async (a: ExactSumArgs<M>): Promise<void> => {
    checkNames('exact_sum', exact_sum_names, a);
    return exact_sum_raw_async(a.n, a.sums, a.value, a.total);
  };
  const gae_names = new Set(['N', 'steps', 'layout', 'offsets', 'rewards', 'values', 'next_values', 'last_values', 'terminated', 'truncated', 'mask', 'gamma', 'gae_lambda', 'masked', 'advantages', 'returns', 'stats']);
  const gae_raw = rawOp(binding, 'gae');
  const gae_raw_async = rawAsyncOp(binding, 'gae');
  const gae = (a: GaeArgs<M>): void => {
    checkNames('gae', gae_names, a);
    gae_raw(a.N, a.steps, a.layout, a.offsets, a.rewards, a.values, a.next_values, a.last_values, a.terminated, a.truncated, a.mask, a.gamma, a.gae_lambda, a.masked, a.advantages, a.returns, a.stats);
  };
  const gae_async = async (a: GaeArgs<M>): Promise<void> => {
    checkNames('gae', gae_names, a);
    return gae_raw_async(a.N, a.steps, a.layout, a.offsets, a.rewards, a.values, a.next_values, a.last_values, a.terminated, a.truncated, a.mask, a.gamma, a.gae_lambda, a.masked, a.advantages, a.returns, a.stats);
  };
  const global_norm_names = new Set(['grads', 'norm', 'nonfinite']);
  const global_norm_raw = rawOp(binding, 'global_norm');
  const global_norm_raw_async = rawAsyncOp(binding, 'global_norm');
  const global_norm = (a: GlobalNormArgs<M>): void => {
    checkNames('global_norm', global_norm_names, a);
    global_norm_raw(plainList(a.grads), a.norm, a.nonfinite);
  };
  const global_norm_async = async (a: GlobalNormArgs<M>): Promise<void> => {
    checkNames('global_norm', global_norm_names, a);
    return global_norm_raw_async(plainList(a.grads), a.norm, a.nonfinite);
  };
  const grad_stats_names = new Set(['K', 'R', 'n_tau', 'n_quantiles', 'grads', 'half', 'outer', 'neurons', 'inner', 'tau', 'quantile', 'per_neuron', 'per_layer', 'normalized', 'dormant', 'layer_quantiles', 'all_quantiles', 'norm', 'nonfinite', 'largest']);
  const grad_stats_raw = rawOp(binding, 'grad_stats');
  const grad_stats_raw_async = rawAsyncOp(binding, 'grad_stats');
  const grad_stats = (a: GradStatsArgs<M>): void => {
    checkNames('grad_stats', grad_stats_names, a);
    grad_stats_raw(a.K, a.R, a.n_tau, a.n_quantiles, plainList(a.grads), a.half, a.outer, a.neurons, a.inner, a.tau, a.quantile, a.per_neuron, a.per_layer, a.normalized, a.dormant, a.layer_quantiles, a.all_quantiles, a.norm, a.nonfinite, a.largest);
  };
  const grad_stats_async = async (a: GradStatsArgs<M>): Promise<void> => {
    checkNames('grad_stats', grad_stats_names, a);
    return grad_stats_raw_async(a.K, a.R, a.n_tau, a.n_quantiles, plainList(a.grads), a.half, a.outer, a.neurons, a.inner, a.tau, a.quantile, a.per_neuron, a.per_layer, a.normalized, a.dormant, a.layer_quantiles, a.all_quantiles, a.norm, a.nonfinite, a.largest);
  };
  const head_sums_names = new Set(['S', 'H', 'L', 'values', 'heads', 'factor', 'sums']);
  const head_sums_raw = rawOp(binding, 'head_sums');
  const head_sums_raw_async = rawAsyncOp(binding, 'head_sums');
  const head_sums = (a: HeadSumsArgs<M>): void => {
    checkNames('head_sums', head_sums_names, a);
    head_sums_raw(a.S, a.H, a.L, a.values, a.heads, a.factor, a.sums);
  };
  const head_sums_async = async (a: HeadSumsArgs<M>): Promise<void> => {
    checkNames('head_sums', head_sums_names, a);
    return head_sums_raw_async(a.S, a.H, a.L, a.values, a.heads, a.factor, a.sums);
  };
  const kv_cache_write_names = new Set(['R', 'slots', 'C', 'Hkv', 'D', 'k', 'v', 'slot', 'position', 'k_cache', 'v_cache']);
  const kv_cache_write_raw = rawOp(binding, 'kv_cache_write');
  const kv_cache_write_raw_async = rawAsyncOp(binding, 'kv_cache_write');
  const kv_cache_write = (a: KvCacheWriteArgs<M>): void => {
    checkNames('kv_cache_write', kv_cache_write_names, a);
    kv_cache_write_raw(a.R, a.slots, a.C, a.Hkv, a.D, a.k, a.v, a.slot, a.position, a.k_cache, a.v_cache);
  };
  const kv_cache_write_async = async (a: KvCacheWriteArgs<M>): Promise<void> => {
    checkNames('kv_cache_write', kv_cache_write_names, a);
    return kv_cache_write_raw_async(a.R, a.slots, a.C, a.Hkv, a.D, a.k, a.v, a.slot, a.position, a.k_cache, a.v_cache);
  };
  const layer_norm_names = new Set(['N', 'D', 'x', 'weight', 'bias', 'eps', 'y', 'mean', 'inv_std']);
  const layer_norm_raw = rawOp(binding, 'layer_norm');
  const layer_norm_raw_async = rawAsyncOp(binding, 'layer_norm');
  const layer_norm = (a: LayerNormArgs<M>): void => {
    checkNames('layer_norm', layer_norm_names, a);
    layer_norm_raw(a.N, a.D, a.x, a.weight, a.bias, a.eps, a.y, a.mean, a.inv_std);
  };
  const layer_norm_async = async (a: LayerNormArgs<M>): Promise<void> => {
    checkNames('layer_norm', layer_norm_names, a);
    return layer_norm_raw_async(a.N, a.D, a.x, a.weight, a.bias, a.eps, a.y, a.mean, a.inv_std);
  };
  const layer_norm_backward_names = new Set(['N', 'D', 'x', 'weight', 'mean', 'inv_std', 'dy', 'dx', 'dweight', 'dbias']);
  const layer_norm_backward_raw = rawOp(binding, 'layer_norm_backward');
  const layer_norm_backward_raw_async = rawAsyncOp(binding, 'layer_norm_backward');
  const layer_norm_backward = (a: LayerNormBackwardArgs<M>): void => {
    checkNames('layer_norm_backward', layer_norm_backward_names, a);
    layer_norm_backward_raw(a.N, a.D, a.x, a.weight, a.mean, a.inv_std, a.dy, a.dx, a.dweight, a.dbias);
  };
  const layer_norm_backward_async = async (a: LayerNormBackwardArgs<M>): Promise<void> => {
    checkNames('layer_norm_backward', layer_norm_backward_names, a);
    return layer_norm_backward_raw_async(a.N, a.D, a.x, a.weight, a.mean, a.inv_std, a.dy, a.dx, a.dweight, a.dbias);
  };
  const linear_policy_loss_names = new Set(['T', 'V', 'D', 'dtype', 'hidden', 'weight', 'targets', 'temperature', 'old_logp', 'advantages', 'weights', 'behavior_logp', 'ref_logp', 'positives', 'objective', 'kl', 'kl_gradient', 'clip_low', 'clip_high', 'ratio_cap', 'positive_weight', 'negative_weight', 'behavior_cap', 'kl_coef', 'entropy_coef', 'workspace_bytes', 'loss', 'losses', 'logp', 'entropy', 'dhidden', 'dweight', 'accumulate']);
  const linear_policy_loss_raw = rawOp(binding, 'linear_policy_loss');
  const linear_policy_loss_raw_async = rawAsyncOp(binding, 'linear_policy_loss');
  const linear_policy_loss = (a: LinearPolicyLossArgs<M>): void => {
    checkNames('linear_policy_loss', linear_policy_loss_names, a);
    linear_policy_loss_raw(a.T, a.V, a.D, a.dtype, a.hidden, a.weight, a.targets, a.temperature, a.old_logp, a.advantages, a.weights, a.behavior_logp, a.ref_logp, a.positives, a.objective, a.kl, a.kl_gradient, a.clip_low, a.clip_high, a.ratio_cap, a.positive_weight, a.negative_weight, a.behavior_cap, a.kl_coef, a.entropy_coef, a.workspace_bytes, a.loss, a.losses, a.logp, a.entropy, a.dhidden, a.dweight, a.accumulate);
  };
  const linear_policy_loss_async = async (a: LinearPolicyLossArgs<M>): Promise<void> => {
    checkNames('linear_policy_loss', linear_policy_loss_names, a);
    return linear_policy_loss_raw_async(a.T, a.V, a.D, a.dtype, a.hidden, a.weight, a.targets, a.temperature, a.old_logp, a.advantages, a.weights, a.behavior_logp, a.ref_logp, a.positives, a.objective, a.kl, a.kl_gradient, a.clip_low, a.clip_high, a.ratio_cap, a.positive_weight, a.negative_weight, a.behavior_cap, a.kl_coef, a.entropy_coef, a.workspace_bytes, a.loss, a.losses, a.logp, a.entropy, a.dhidden, a.dweight, a.accumulate);
  };
  const linear_token_log_probs_names = new Set(['T', 'V', 'D', 'dtype', 'hidden', 'weight', 'targets', 'ignore_outside', 'temperature', 'logp', 'entropy', 'lse']);
  const linear_token_log_probs_raw = rawOp(binding, 'linear_token_log_probs');
  const linear_token_log_probs_raw_async = rawAsyncOp(binding, 'linear_token_log_probs');
  const linear_token_log_probs = (a: LinearTokenLogProbsArgs<M>): void => {
    checkNames('linear_token_log_probs', linear_token_log_probs_names, a);
    linear_token_log_probs_raw(a.T, a.V, a.D, a.dtype, a.hidden, a.weight, a.targets, a.ignore_outside, a.temperature, a.logp, a.entropy, a.lse);
  };
  const linear_token_log_probs_async = async (a: LinearTokenLogProbsArgs<M>): Promise<void> => {
    checkNames('linear_token_log_probs', linear_token_log_probs_names, a);
    return linear_token_log_probs_raw_async(a.T, a.V, a.D, a.dtype, a.hidden, a.weight, a.targets, a.ignore_outside, a.temperature, a.logp, a.entropy, a.lse);
  };
  const linear_token_log_probs_backward_names = new Set(['T', 'V', 'D', 'dtype', 'hidden', 'weight', 'targets', 'ignore_outside', 'temperature', 'dlogp', 'dentropy', 'workspace_bytes', 'dhidden', 'dweight', 'accumulate']);
  const linear_token_log_probs_backward_raw = rawOp(binding, 'linear_token_log_probs_backward');
  const linear_token_log_probs_backward_raw_async = rawAsyncOp(binding, 'linear_token_log_probs_backward');
  const linear_token_log_probs_backward = (a: LinearTokenLogProbsBackwardArgs<M>): void => {
    checkNames('linear_token_log_probs_backward', linear_token_log_probs_backward_names, a);
    linear_token_log_probs_backward_raw(a.T, a.V, a.D, a.dtype, a.hidden, a.weight, a.targets, a.ignore_outside, a.temperature, a.dlogp, a.dentropy, a.workspace_bytes, a.dhidden, a.dweight, a.accumulate);
  };
  const linear_token_log_probs_backward_async = async (a: LinearTokenLogProbsBackwardArgs<M>): Promise<void> => {
    checkNames('linear_token_log_probs_backward', linear_token_log_probs_backward_names, a);
    return linear_token_log_probs_backward_raw_async(a.T, a.V, a.D, a.dtype, a.hidden, a.weight, a.targets, a.ignore_outside, a.temperature, a.dlogp, a.dentropy, a.workspace_bytes, a.dhidden, a.dweight, a.accumulate);
  };
  const log_softmax_names = new Set(['N', 'V', 'x', 'y']);
  const log_softmax_raw = rawOp(binding, 'log_softmax');
  const log_softmax_raw_async = rawAsyncOp(binding, 'log_softmax');
  const log_softmax = (a: LogSoftmaxArgs<M>): void => {
    checkNames('log_softmax', log_softmax_names, a);
    log_softmax_raw(a.N, a.V, a.x, a.y);
  };
  const log_softmax_async = async (a: LogSoftmaxArgs<M>): Promise<void> => {
    checkNames('log_softmax', log_softmax_names, a);
    return log_softmax_raw_async(a.N, a.V, a.x, a.y);
  };
  const log_softmax_backward_names = new Set(['N', 'V', 'y', 'dy', 'dx']);
  const log_softmax_backward_raw = rawOp(binding, 'log_softmax_backward');
  const log_softmax_backward_raw_async = rawAsyncOp(binding, 'log_softmax_backward');
  const log_softmax_backward = (a: LogSoftmaxBackwardArgs<M>): void => {
    checkNames('log_softmax_backward', log_softmax_backward_names, a);
    log_softmax_backward_raw(a.N, a.V, a.y, a.dy, a.dx);
  };
  const log_softmax_backward_async = async (a: LogSoftmaxBackwardArgs<M>): Promise<void> => {
    checkNames('log_softmax_backward', log_softmax_backward_names, a);
    return log_softmax_backward_raw_async(a.N, a.V, a.y, a.dy, a.dx);
  };
  const matmul_names = new Set(['batch', 'batch_b', 'M', 'N', 'K', 'a', 'b', 'transpose_a', 'transpose_b', 'accumulate', 'bias', 'c']);
  const matmul_raw = rawOp(binding, 'matmul');
  const matmul_raw_async = rawAsyncOp(binding, 'matmul');
  const matmul = (a: MatmulArgs<M>): void => {
    checkNames('matmul', matmul_names, a);
    matmul_raw(a.batch, a.batch_b, a.M, a.N, a.K, a.a, a.b, a.transpose_a, a.transpose_b, a.accumulate, a.bias, a.c);
  };
  const matmul_async = async (a: MatmulArgs<M>): Promise<void> => {
    checkNames('matmul', matmul_names, a);
    return matmul_raw_async(a.batch, a.batch_b, a.M, a.N, a.K, a.a, a.b, a.transpose_a, a.transpose_b, a.accumulate, a.bias, a.c);
  };
  const normalize_advantages_names = new Set(['n', 'G', 'rewards', 'group_ids', 'mask', 'mean', 'std', 'std_of', 'leave_one_out', 'drop_equal_groups', 'ddof', 'eps', 'std_floor', 'advantages', 'stats']);
  const normalize_advantages_raw = rawOp(binding, 'normalize_advantages');
  const normalize_advantages_raw_async = rawAsyncOp(binding, 'normalize_advantages');
  const normalize_advantages = (a: NormalizeAdvantagesArgs<M>): void => {
    checkNames('normalize_advantages', normalize_advantages_names, a);
    normalize_advantages_raw(a.n, a.G, a.rewards, a.group_ids, a.mask, a.mean, a.std, a.std_of, a.leave_one_out, a.drop_equal_groups, a.ddof, a.eps, a.std_floor, a.advantages, a.stats);
  };
  const normalize_advantages_async = async (a: NormalizeAdvantagesArgs<M>): Promise<void> => {
    checkNames('normalize_advantages', normalize_advantages_names, a);
    return normalize_advantages_raw_async(a.n, a.G, a.rewards, a.group_ids, a.mask, a.mean, a.std, a.std_of, a.leave_one_out, a.drop_equal_groups, a.ddof, a.eps, a.std_floor, a.advantages, a.stats);
  };
  const pack_linear_names = new Set(['N', 'K', 'panels', 'weight', 'packed']);
  const pack_linear_raw = rawOp(binding, 'pack_linear');
  const pack_linear_raw_async = rawAsyncOp(binding, 'pack_linear');
  const pack_linear = (a: PackLinearArgs<M>): void => {
    checkNames('pack_linear', pack_linear_names, a);
    pack_linear_raw(a.N, a.K, a.panels, a.weight, a.packed);
  };
  const pack_linear_async = async (a: PackLinearArgs<M>): Promise<void> => {
    checkNames('pack_linear', pack_linear_names, a);
    return pack_linear_raw_async(a.N, a.K, a.panels, a.weight, a.packed);
  };
  const packed_linear_names = new Set(['R', 'N', 'K', 'panels', 'x', 'packed', 'bias', 'accumulate', 'y']);
  const packed_linear_raw = rawOp(binding, 'packed_linear');
  const packed_linear_raw_async = rawAsyncOp(binding, 'packed_linear');
  const packed_linear = (a: PackedLinearArgs<M>): void => {
    checkNames('packed_linear', packed_linear_names, a);
    packed_linear_raw(a.R, a.N, a.K, a.panels, a.x, a.packed, a.bias, a.accumulate, a.y);
  };
  const packed_linear_async = async (a: PackedLinearArgs<M>): Promise<void> => {
    checkNames('packed_linear', packed_linear_names, a);
    return packed_linear_raw_async(a.R, a.N, a.K, a.panels, a.x, a.packed, a.bias, a.accumulate, a.y);
  };
  const philox_integer_names = new Set(['n', 'seed', 'stream', 'offset', 'lo', 'hi', 'y']);
  const philox_integer_raw = rawOp(binding, 'philox_integer');
  const philox_integer_raw_async = rawAsyncOp(binding, 'philox_integer');
  const philox_integer = (a: PhiloxIntegerArgs<M>): void => {
    checkNames('philox_integer', philox_integer_names, a);
    philox_integer_raw(a.n, a.seed, a.stream, a.offset, a.lo, a.hi, a.y);
  };
  const philox_integer_async = async (a: PhiloxIntegerArgs<M>): Promise<void> => {
    checkNames('philox_integer', philox_integer_names, a);
    return philox_integer_raw_async(a.n, a.seed, a.stream, a.offset, a.lo, a.hi, a.y);
  };
  const philox_normal_names = new Set(['n', 'seed', 'stream', 'offset', 'mean', 'std', 'y']);
  const philox_normal_raw = rawOp(binding, 'philox_normal');
  const philox_normal_raw_async = rawAsyncOp(binding, 'philox_normal');
  const philox_normal = (a: PhiloxNormalArgs<M>): void => {
    checkNames('philox_normal', philox_normal_names, a);
    philox_normal_raw(a.n, a.seed, a.stream, a.offset, a.mean, a.std, a.y);
  };
  const philox_normal_async = async (a: PhiloxNormalArgs<M>): Promise<void> => {
    checkNames('philox_normal', philox_normal_names, a);
    return philox_normal_raw_async(a.n, a.seed, a.stream, a.offset, a.mean, a.std, a.y);
  };
  const philox_uniform_names = new Set(['n', 'seed', 'stream', 'offset', 'lo', 'hi', 'y']);
  const philox_uniform_raw = rawOp(binding, 'philox_uniform');
  const philox_uniform_raw_async = rawAsyncOp(binding, 'philox_uniform');
  const philox_uniform = (a: PhiloxUniformArgs<M>): void => {
    checkNames('philox_uniform', philox_uniform_names, a);
    philox_uniform_raw(a.n, a.seed, a.stream, a.offset, a.lo, a.hi, a.y);
  };
  const philox_uniform_async = async (a: PhiloxUniformArgs<M>): Promise<void> => {
    checkNames('philox_uniform', philox_uniform_names, a);
    return philox_uniform_raw_async(a.n, a.seed, a.stream, a.offset, a.lo, a.hi, a.y);
  };
  const place_names = new Set(['outer', 'n', 'inner', 'dy', 'index', 'dx']);
  const place_raw = rawOp(binding, 'place');
  const place_raw_async = rawAsyncOp(binding, 'place');
  const place = (a: PlaceArgs<M>): void => {
    checkNames('place', place_names, a);
    place_raw(a.outer, a.n, a.inner, a.dy, a.index, a.dx);
  };
  const place_async = async (a: PlaceArgs<M>): Promise<void> => {
    checkNames('place', place_names, a);
    return place_raw_async(a.outer, a.n, a.inner, a.dy, a.index, a.dx);
  };
  const policy_loss_names = new Set(['T', 'S', 'logp', 'old_logp', 'advantages', 'behavior_logp', 'ref_logp', 'kl_divergence', 'entropy', 'mask', 'positives', 'offsets', 'objective', 'ratio', 'clip_low', 'clip_high', 'ratio_cap', 'positive_weight', 'negative_weight', 'behavior_cap', 'kl', 'kl_gradient', 'kl_coef', 'entropy_coef', 'aggregation', 'denominator', 'loss', 'dlogp', 'dentropy', 'dkl', 'metrics', 'numerator']);
  const policy_loss_raw = rawOp(binding, 'policy_loss');
  const policy_loss_raw_async = rawAsyncOp(binding, 'policy_loss');
  const policy_loss = (a: PolicyLossArgs<M>): void => {
    checkNames('policy_loss', policy_loss_names, a);
    policy_loss_raw(a.T, a.S, a.logp, a.old_logp, a.advantages, a.behavior_logp, a.ref_logp, a.kl_divergence, a.entropy, a.mask, a.positives, a.offsets, a.objective, a.ratio, a.clip_low, a.clip_high, a.ratio_cap, a.positive_weight, a.negative_weight, a.behavior_cap, a.kl, a.kl_gradient, a.kl_coef, a.entropy_coef, a.aggregation, a.denominator, a.loss, a.dlogp, a.dentropy, a.dkl, a.metrics, a.numerator);
  };
  const policy_loss_async = async (a: PolicyLossArgs<M>): Promise<void> => {
    checkNames('policy_loss', policy_loss_names, a);
    return policy_loss_raw_async(a.T, a.S, a.logp, a.old_logp, a.advantages, a.behavior_logp, a.ref_logp, a.kl_divergence, a.entropy, a.mask, a.positives, a.offsets, a.objective, a.ratio, a.clip_low, a.clip_high, a.ratio_cap, a.positive_weight, a.negative_weight, a.behavior_cap, a.kl, a.kl_gradient, a.kl_coef, a.entropy_coef, a.aggregation, a.denominator, a.loss, a.dlogp, a.dentropy, a.dkl, a.metrics, a.numerator);
  };
  const policy_loss_logits_names = new Set(['T', 'V', 'dtype', 'logits', 'targets', 'temperature', 'old_logp', 'advantages', 'weights', 'behavior_logp', 'ref_logp', 'positives', 'objective', 'kl', 'kl_gradient', 'clip_low', 'clip_high', 'ratio_cap', 'positive_weight', 'negative_weight', 'behavior_cap', 'kl_coef', 'entropy_coef', 'loss', 'losses', 'logp', 'entropy']);
  const policy_loss_logits_raw = rawOp(binding, 'policy_loss_logits');
  const policy_loss_logits_raw_async = rawAsyncOp(binding, 'policy_loss_logits');
  const policy_loss_logits = (a: PolicyLossLogitsArgs<M>): void => {
    checkNames('policy_loss_logits', policy_loss_logits_names, a);
    policy_loss_logits_raw(a.T, a.V, a.dtype, a.logits, a.targets, a.temperature, a.old_logp, a.advantages, a.weights, a.behavior_logp, a.ref_logp, a.positives, a.objective, a.kl, a.kl_gradient, a.clip_low, a.clip_high, a.ratio_cap, a.positive_weight, a.negative_weight, a.behavior_cap, a.kl_coef, a.entropy_coef, a.loss, a.losses, a.logp, a.entropy);
  };
  const policy_loss_logits_async = async (a: PolicyLossLogitsArgs<M>): Promise<void> => {
    checkNames('policy_loss_logits', policy_loss_logits_names, a);
    return policy_loss_logits_raw_async(a.T, a.V, a.dtype, a.logits, a.targets, a.temperature, a.old_logp, a.advantages, a.weights, a.behavior_logp, a.ref_logp, a.positives, a.objective, a.kl, a.kl_gradient, a.clip_low, a.clip_high, a.ratio_cap, a.positive_weight, a.negative_weight, a.behavior_cap, a.kl_coef, a.entropy_coef, a.loss, a.losses, a.logp, a.entropy);
  };
  const qkv_cache_write_names = new Set(['R', 'slots', 'C', 'H', 'Hkv', 'D', 'half', 'P', 'qkv', 'q_norm', 'k_norm', 'eps', 'cos', 'sin', 'slot', 'position', 'q', 'k_cache', 'v_cache']);
  const qkv_cache_write_raw = rawOp(binding, 'qkv_cache_write');
  const qkv_cache_write_raw_async = rawAsyncOp(binding, 'qkv_cache_write');
  const qkv_cache_write = (a: QkvCacheWriteArgs<M>): void => {
    checkNames('qkv_cache_write', qkv_cache_write_names, a);
    qkv_cache_write_raw(a.R, a.slots, a.C, a.H, a.Hkv, a.D, a.half, a.P, a.qkv, a.q_norm, a.k_norm, a.eps, a.cos, a.sin, a.slot, a.position, a.q, a.k_cache, a.v_cache);
  };
  const qkv_cache_write_async = async (a: QkvCacheWriteArgs<M>): Promise<void> => {
    checkNames('qkv_cache_write', qkv_cache_write_names, a);
    return qkv_cache_write_raw_async(a.R, a.slots, a.C, a.H, a.Hkv, a.D, a.half, a.P, a.qkv, a.q_norm, a.k_norm, a.eps, a.cos, a.sin, a.slot, a.position, a.q, a.k_cache, a.v_cache);
  };
  const reduce_names = new Set(['outer', 'n', 'inner', 'x', 'fn', 'y', 'index']);
  const reduce_raw = rawOp(binding, 'reduce');
  const reduce_raw_async = rawAsyncOp(binding, 'reduce');
  const reduce = (a: ReduceArgs<M>): void => {
    checkNames('reduce', reduce_names, a);
    reduce_raw(a.outer, a.n, a.inner, a.x, a.fn, a.y, a.index);
  };
  const reduce_async = async (a: ReduceArgs<M>): Promise<void> => {
    checkNames('reduce', reduce_names, a);
    return reduce_raw_async(a.outer, a.n, a.inner, a.x, a.fn, a.y, a.index);
  };
  const retrace_names = new Set(['N', 'steps', 'layout', 'offsets', 'rewards', 'values', 'q_values', 'logp', 'behavior_logp', 'next_values', 'last_values', 'terminated', 'truncated', 'mask', 'gamma', 'lambda', 'advantages', 'targets', 'stats']);
  const retrace_raw = rawOp(binding, 'retrace');
  const retrace_raw_async = rawAsyncOp(binding, 'retrace');
  const retrace = (a: RetraceArgs<M>): void => {
    checkNames('retrace', retrace_names, a);
    retrace_raw(a.N, a.steps, a.layout, a.offsets, a.rewards, a.values, a.q_values, a.logp, a.behavior_logp, a.next_values, a.last_values, a.terminated, a.truncated, a.mask, a.gamma, a.lambda, a.advantages, a.targets, a.stats);
  };
  const retrace_async = async (a: RetraceArgs<M>): Promise<void> => {
    checkNames('retrace', retrace_names, a);
    return retrace_raw_async(a.N, a.steps, a.layout, a.offsets, a.rewards, a.values, a.q_values, a.logp, a.behavior_logp, a.next_values, a.last_values, a.terminated, a.truncated, a.mask, a.gamma, a.lambda, a.advantages, a.targets, a.stats);
  };
  const rhythm_credit_names = new Set(['T', 'S', 'waad', 'fai', 'horizon', 'mask', 'offsets', 'mode', 'select', 'q', 'gamma_amp', 'alpha', 'k', 'tau_waad_mode', 'tau_waad', 'tau_delta_mode', 'tau_delta', 'overlap', 'entropy', 'random_keys', 'credit', 'preplan', 'anchor', 'intro', 'dominated', 'delta']);
  const rhythm_credit_raw = rawOp(binding, 'rhythm_credit');
  const rhythm_credit_raw_async = rawAsyncOp(binding, 'rhythm_credit');
  const rhythm_credit = (a: RhythmCreditArgs<M>): void => {
    checkNames('rhythm_credit', rhythm_credit_names, a);
    rhythm_credit_raw(a.T, a.S, a.waad, a.fai, a.horizon, a.mask, a.offsets, a.mode, a.select, a.q, a.gamma_amp, a.alpha, a.k, a.tau_waad_mode, a.tau_waad, a.tau_delta_mode, a.tau_delta, a.overlap, a.entropy, a.random_keys, a.credit, a.preplan, a.anchor, a.intro, a.dominated, a.delta);
  };
  const rhythm_credit_async = async (a: RhythmCreditArgs<M>): Promise<void> => {
    checkNames('rhythm_credit', rhythm_credit_names, a);
    return rhythm_credit_raw_async(a.T, a.S, a.waad, a.fai, a.horizon, a.mask, a.offsets, a.mode, a.select, a.q, a.gamma_amp, a.alpha, a.k, a.tau_waad_mode, a.tau_waad, a.tau_delta_mode, a.tau_delta, a.overlap, a.entropy, a.random_keys, a.credit, a.preplan, a.anchor, a.intro, a.dominated, a.delta);
  };
  const rms_norm_names = new Set(['N', 'D', 'x', 'weight', 'eps', 'y', 'inv_rms']);
  const rms_norm_raw = rawOp(binding, 'rms_norm');
  const rms_norm_raw_async = rawAsyncOp(binding, 'rms_norm');
  const rms_norm = (a: RmsNormArgs<M>): void => {
    checkNames('rms_norm', rms_norm_names, a);
    rms_norm_raw(a.N, a.D, a.x, a.weight, a.eps, a.y, a.inv_rms);
  };
  const rms_norm_async = async (a: RmsNormArgs<M>): Promise<void> => {
    checkNames('rms_norm', rms_norm_names, a);
    return rms_norm_raw_async(a.N, a.D, a.x, a.weight, a.eps, a.y, a.inv_rms);
  };
  const rms_norm_backward_names = new Set(['N', 'D', 'x', 'weight', 'inv_rms', 'dy', 'dx', 'dweight']);
  const rms_norm_backward_raw = rawOp(binding, 'rms_norm_backward');
  const rms_norm_backward_raw_async = rawAsyncOp(binding, 'rms_norm_backward');
  const rms_norm_backward = (a: RmsNormBackwardArgs<M>): void => {
    checkNames('rms_norm_backward', rms_norm_backward_names, a);
    rms_norm_backward_raw(a.N, a.D, a.x, a.weight, a.inv_rms, a.dy, a.dx, a.dweight);
  };
  const rms_norm_backward_async = async (a: RmsNormBackwardArgs<M>): Promise<void> => {
    checkNames('rms_norm_backward', rms_norm_backward_names, a);
    return rms_norm_backward_raw_async(a.N, a.D, a.x, a.weight, a.inv_rms, a.dy, a.dx, a.dweight);
  };
  const rotary_embedding_names = new Set(['T', 'H', 'D', 'half', 'P', 'x', 'positions', 'cos', 'sin', 'inverse', 'y']);
  const rotary_embedding_raw = rawOp(binding, 'rotary_embedding');
  const rotary_embedding_raw_async = rawAsyncOp(binding, 'rotary_embedding');
  const rotary_embedding = (a: RotaryEmbeddingArgs<M>): void => {
    checkNames('rotary_embedding', rotary_embedding_names, a);
    rotary_embedding_raw(a.T, a.H, a.D, a.half, a.P, a.x, a.positions, a.cos, a.sin, a.inverse, a.y);
  };
  const rotary_embedding_async = async (a: RotaryEmbeddingArgs<M>): Promise<void> => {
    checkNames('rotary_embedding', rotary_embedding_names, a);
    return rotary_embedding_raw_async(a.T, a.H, a.D, a.half, a.P, a.x, a.positions, a.cos, a.sin, a.inverse, a.y);
  };
  const rotary_table_names = new Set(['P', 'D', 'half', 'theta', 'cos', 'sin']);
  const rotary_table_raw = rawOp(binding, 'rotary_table');
  const rotary_table_raw_async = rawAsyncOp(binding, 'rotary_table');
  const rotary_table = (a: RotaryTableArgs<M>): void => {
    checkNames('rotary_table', rotary_table_names, a);
    rotary_table_raw(a.P, a.D, a.half, a.theta, a.cos, a.sin);
  };
  const rotary_table_async = async (a: RotaryTableArgs<M>): Promise<void> => {
    checkNames('rotary_table', rotary_table_names, a);
    return rotary_table_raw_async(a.P, a.D, a.half, a.theta, a.cos, a.sin);
  };
  const scale_arrays_names = new Set(['arrays', 'scale']);
  const scale_arrays_raw = rawOp(binding, 'scale_arrays');
  const scale_arrays_raw_async = rawAsyncOp(binding, 'scale_arrays');
  const scale_arrays = (a: ScaleArraysArgs<M>): void => {
    checkNames('scale_arrays', scale_arrays_names, a);
    scale_arrays_raw(plainList(a.arrays), a.scale);
  };
  const scale_arrays_async = async (a: ScaleArraysArgs<M>): Promise<void> => {
    checkNames('scale_arrays', scale_arrays_names, a);
    return scale_arrays_raw_async(plainList(a.arrays), a.scale);
  };
  const shape_advantages_names = new Set(['T', 'advantages', 'credit', 'sign', 'y']);
  const shape_advantages_raw = rawOp(binding, 'shape_advantages');
  const shape_advantages_raw_async = rawAsyncOp(binding, 'shape_advantages');
  const shape_advantages = (a: ShapeAdvantagesArgs<M>): void => {
    checkNames('shape_advantages', shape_advantages_names, a);
    shape_advantages_raw(a.T, a.advantages, a.credit, a.sign, a.y);
  };
  const shape_advantages_async = async (a: ShapeAdvantagesArgs<M>): Promise<void> => {
    checkNames('shape_advantages', shape_advantages_names, a);
    return shape_advantages_raw_async(a.T, a.advantages, a.credit, a.sign, a.y);
  };
  const softmax_names = new Set(['N', 'V', 'x', 'y']);
  const softmax_raw = rawOp(binding, 'softmax');
  const softmax_raw_async = rawAsyncOp(binding, 'softmax');
  const softmax = (a: SoftmaxArgs<M>): void => {
    checkNames('softmax', softmax_names, a);
    softmax_raw(a.N, a.V, a.x, a.y);
  };
  const softmax_async = async (a: SoftmaxArgs<M>): Promise<void> => {
    checkNames('softmax', softmax_names, a);
    return softmax_raw_async(a.N, a.V, a.x, a.y);
  };
  const softmax_backward_names = new Set(['N', 'V', 'y', 'dy', 'dx']);
  const softmax_backward_raw = rawOp(binding, 'softmax_backward');
  const softmax_backward_raw_async = rawAsyncOp(binding, 'softmax_backward');
  const softmax_backward = (a: SoftmaxBackwardArgs<M>): void => {
    checkNames('softmax_backward', softmax_backward_names, a);
    softmax_backward_raw(a.N, a.V, a.y, a.dy, a.dx);
  };
  const softmax_backward_async = async (a: SoftmaxBackwardArgs<M>): Promise<void> => {
    checkNames('softmax_backward', softmax_backward_names, a);
    return softmax_backward_raw_async(a.N, a.V, a.y, a.dy, a.dx);
  };
  const swiglu_names = new Set(['n', 'gate', 'up', 'y']);
  const swiglu_raw = rawOp(binding, 'swiglu');
  const swiglu_raw_async = rawAsyncOp(binding, 'swiglu');
  const swiglu = (a: SwigluArgs<M>): void => {
    checkNames('swiglu', swiglu_names, a);
    swiglu_raw(a.n, a.gate, a.up, a.y);
  };
  const swiglu_async = async (a: SwigluArgs<M>): Promise<void> => {
    checkNames('swiglu', swiglu_names, a);
    return swiglu_raw_async(a.n, a.gate, a.up, a.y);
  };
  const swiglu_backward_names = new Set(['n', 'gate', 'up', 'dy', 'dgate', 'dup']);
  const swiglu_backward_raw = rawOp(binding, 'swiglu_backward');
  const swiglu_backward_raw_async = rawAsyncOp(binding, 'swiglu_backward');
  const swiglu_backward = (a: SwigluBackwardArgs<M>): void => {
    checkNames('swiglu_backward', swiglu_backward_names, a);
    swiglu_backward_raw(a.n, a.gate, a.up, a.dy, a.dgate, a.dup);
  };
  const swiglu_backward_async = async (a: SwigluBackwardArgs<M>): Promise<void> => {
    checkNames('swiglu_backward', swiglu_backward_names, a);
    return swiglu_backward_raw_async(a.n, a.gate, a.up, a.dy, a.dgate, a.dup);
  };
  const td_lambda_names = new Set(['N', 'steps', 'layout', 'offsets', 'rewards', 'values', 'next_values', 'last_values', 'terminated', 'truncated', 'mask', 'gamma', 'lambda', 'returns', 'stats']);
  const td_lambda_raw = rawOp(binding, 'td_lambda');
  const td_lambda_raw_async = rawAsyncOp(binding, 'td_lambda');
  const td_lambda = (a: TdLambdaArgs<M>): void => {
    checkNames('td_lambda', td_lambda_names, a);
    td_lambda_raw(a.N, a.steps, a.layout, a.offsets, a.rewards, a.values, a.next_values, a.last_values, a.terminated, a.truncated, a.mask, a.gamma, a.lambda, a.returns, a.stats);
  };
  const td_lambda_async = async (a: TdLambdaArgs<M>): Promise<void> => {
    checkNames('td_lambda', td_lambda_names, a);
    return td_lambda_raw_async(a.N, a.steps, a.layout, a.offsets, a.rewards, a.values, a.next_values, a.last_values, a.terminated, a.truncated, a.mask, a.gamma, a.lambda, a.returns, a.stats);
  };
  const token_log_probs_names = new Set(['T', 'V', 'dtype', 'logits', 'targets', 'ignore_outside', 'temperature', 'logp', 'entropy', 'lse']);
  const token_log_probs_raw = rawOp(binding, 'token_log_probs');
  const token_log_probs_raw_async = rawAsyncOp(binding, 'token_log_probs');
  const token_log_probs = (a: TokenLogProbsArgs<M>): void => {
    checkNames('token_log_probs', token_log_probs_names, a);
    token_log_probs_raw(a.T, a.V, a.dtype, a.logits, a.targets, a.ignore_outside, a.temperature, a.logp, a.entropy, a.lse);
  };
  const token_log_probs_async = async (a: TokenLogProbsArgs<M>): Promise<void> => {
    checkNames('token_log_probs', token_log_probs_names, a);
    return token_log_probs_raw_async(a.T, a.V, a.dtype, a.logits, a.targets, a.ignore_outside, a.temperature, a.logp, a.entropy, a.lse);
  };
  const token_log_probs_backward_names = new Set(['T', 'V', 'dtype', 'logits', 'targets', 'ignore_outside', 'temperature', 'lse', 'entropy', 'dlogp', 'dentropy', 'dlogits']);
  const token_log_probs_backward_raw = rawOp(binding, 'token_log_probs_backward');
  const token_log_probs_backward_raw_async = rawAsyncOp(binding, 'token_log_probs_backward');
  const token_log_probs_backward = (a: TokenLogProbsBackwardArgs<M>): void => {
    checkNames('token_log_probs_backward', token_log_probs_backward_names, a);
    token_log_probs_backward_raw(a.T, a.V, a.dtype, a.logits, a.targets, a.ignore_outside, a.temperature, a.lse, a.entropy, a.dlogp, a.dentropy, a.dlogits);
  };
  const token_log_probs_backward_async = async (a: TokenLogProbsBackwardArgs<M>): Promise<void> => {
    checkNames('token_log_probs_backward', token_log_probs_backward_names, a);
    return token_log_probs_backward_raw_async(a.T, a.V, a.dtype, a.logits, a.targets, a.ignore_outside, a.temperature, a.lse, a.entropy, a.dlogp, a.dentropy, a.dlogits);
  };
  const unary_names = new Set(['n', 'x', 'fn', 'y']);
  const unary_raw = rawOp(binding, 'unary');
  const unary_raw_async = rawAsyncOp(binding, 'unary');
  const unary = (a: UnaryArgs<M>): void => {
    checkNames('unary', unary_names, a);
    unary_raw(a.n, a.x, a.fn, a.y);
  };
  const unary_async = async (a: UnaryArgs<M>): Promise<void> => {
    checkNames('unary', unary_names, a);
    return unary_raw_async(a.n, a.x, a.fn, a.y);
  };
  const unary_backward_names = new Set(['n', 'x', 'y', 'dy', 'fn', 'dx']);
  const unary_backward_raw = rawOp(binding, 'unary_backward');
  const unary_backward_raw_async = rawAsyncOp(binding, 'unary_backward');
  const unary_backward = (a: UnaryBackwardArgs<M>): void => {
    checkNames('unary_backward', unary_backward_names, a);
    unary_backward_raw(a.n, a.x, a.y, a.dy, a.fn, a.dx);
  };
  const unary_backward_async = async (a: UnaryBackwardArgs<M>): Promise<void> => {
    checkNames('unary_backward', unary_backward_names, a);
    return unary_backward_raw_async(a.n, a.x, a.y, a.dy, a.fn, a.dx);
  };
  const value_loss_names = new Set(['T', 'S', 'values', 'old_values', 'returns', 'mask', 'offsets', 'scale', 'clip', 'aggregation', 'denominator', 'loss', 'dvalues', 'metrics', 'numerator']);
  const value_loss_raw = rawOp(binding, 'value_loss');
  const value_loss_raw_async = rawAsyncOp(binding, 'value_loss');
  const value_loss = (a: ValueLossArgs<M>): void => {
    checkNames('value_loss', value_loss_names, a);
    value_loss_raw(a.T, a.S, a.values, a.old_values, a.returns, a.mask, a.offsets, a.scale, a.clip, a.aggregation, a.denominator, a.loss, a.dvalues, a.metrics, a.numerator);
  };
  const value_loss_async = async (a: ValueLossArgs<M>): Promise<void> => {
    checkNames('value_loss', value_loss_names, a);
    return value_loss_raw_async(a.T, a.S, a.values, a.old_values, a.returns, a.mask, a.offsets, a.scale, a.clip, a.aggregation, a.denominator, a.loss, a.dvalues, a.metrics, a.numerator);
  };
  const vtrace_names = new Set(['N', 'steps', 'layout', 'offsets', 'rewards', 'values', 'logp', 'behavior_logp', 'next_values', 'last_values', 'terminated', 'truncated', 'mask', 'gamma', 'lambda', 'rho_bar', 'c_bar', 'pg_rho_bar', 'delta', 'advantage', 'advantages', 'targets', 'stats']);
  const vtrace_raw = rawOp(binding, 'vtrace');
  const vtrace_raw_async = rawAsyncOp(binding, 'vtrace');
  const vtrace = (a: VtraceArgs<M>): void => {
    checkNames('vtrace', vtrace_names, a);
    vtrace_raw(a.N, a.steps, a.layout, a.offsets, a.rewards, a.values, a.logp, a.behavior_logp, a.next_values, a.last_values, a.terminated, a.truncated, a.mask, a.gamma, a.lambda, a.rho_bar, a.c_bar, a.pg_rho_bar, a.delta, a.advantage, a.advantages, a.targets, a.stats);
  };
  const vtrace_async = async (a: VtraceArgs<M>): Promise<void> => {
    checkNames('vtrace', vtrace_names, a);
    return vtrace_raw_async(a.N, a.steps, a.layout, a.offsets, a.rewards, a.values, a.logp, a.behavior_logp, a.next_values, a.last_values, a.terminated, a.truncated, a.mask, a.gamma, a.lambda, a.rho_bar, a.c_bar, a.pg_rho_bar, a.delta, a.advantage, a.advantages, a.targets, a.stats);
  };
  return {
    adamw,
    adamw_async,
    aggregate,
    aggregate_async,
    approx_kl,
    approx_kl_async,
    attention_metrics,
    attention_metrics_async,
    attention_metrics_from_maps,
    attention_metrics_from_maps_async,
    binary,
    binary_async,
    bit_sum,
    bit_sum_async,
    cast,
    cast_async,
    categorical_sample,
    categorical_sample_async,
    causal_attention,
    causal_attention_async,
    causal_attention_backward,
    causal_attention_backward_async,
    copy,
    copy_async,
    decode_attention,
    decode_attention_async,
    discounted_returns,
    discounted_returns_async,
    embedding,
    embedding_async,
    embedding_backward,
    embedding_backward_async,
    eviction_scores,
    eviction_scores_async,
    exact_sum,
    exact_sum_async,
    gae,
    gae_async,
    global_norm,
    global_norm_async,
    grad_stats,
    grad_stats_async,
    head_sums,
    head_sums_async,
    kv_cache_write,
    kv_cache_write_async,
    layer_norm,
    layer_norm_async,
    layer_norm_backward,
    layer_norm_backward_async,
    linear_policy_loss,
    linear_policy_loss_async,
    linear_token_log_probs,
    linear_token_log_probs_async,
    linear_token_log_probs_backward,
    linear_token_log_probs_backward_async,
    log_softmax,
    log_softmax_async,
    log_softmax_backward,
    log_softmax_backward_async,
    matmul,
    matmul_async,
    normalize_advantages,
    normalize_advantages_async,
    pack_linear,
    pack_linear_async,
    packed_linear,
    packed_linear_async,
    philox_integer,
    philox_integer_async,
    philox_normal,
    philox_normal_async,
    philox_uniform,
    philox_uniform_async,
    place,
    place_async,
    policy_loss,
    policy_loss_async,
    policy_loss_logits,
    policy_loss_logits_async,
    qkv_cache_write,
    qkv_cache_write_async,
    reduce,
    reduce_async,
    retrace,
    retrace_async,
    rhythm_credit,
    rhythm_credit_async,
    rms_norm,
    rms_norm_async,
    rms_norm_backward,
    rms_norm_backward_async,
    rotary_embedding,
    rotary_embedding_async,
    rotary_table,
    rotary_table_async,
    scale_arrays,
    scale_arrays_async,
    shape_advantages,
    shape_advantages_async,
    softmax,
    softmax_async,
    softmax_backward,
    softmax_backward_async,
    swiglu,
    swiglu_async,
    swiglu_backward,
    swiglu_backward_async,
    td_lambda,
    td_lambda_async,
    token_log_probs,
    token_log_probs_async,
    token_log_probs_backward,
    token_log_probs_backward_async,
    unary,
    unary_async,
    unary_backward,
    unary_backward_async,
    value_loss,
    value_loss_async,
    vtrace,
    vtrace_async,
  };
}
