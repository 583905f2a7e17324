import { cpu } from '@anacrusis/native';
import { checkInteger, checkRequest, type GenerationRequest } from './generation-request.js';
import { Decoder } from './decoder.js';
import type { Qwen3Model } from './model.js';

export interface GenerationResponse {
  id: number | string;
  /** Sampled tokens, a final stop token included. */
  tokens: Int32Array;
  /** Log-probability of every token at the temperature of sampling, nats. */
  logps: Float32Array;
  finish: 'stop' | 'length';
}

export interface GeneratorOptions {
  /** Positions that a sequence may have, prompt and response together. */
  maxLength: number;
  /** Seed of the random streams; 0 when left out. */
  seed?: number;
  /** Divisor of the logits; 1 when left out. */
  temperature?: number;
  /** Take the likeliest token instead of sampling. */
  greedy?: boolean;
  /** Sequences at a time; 256 when left out. Memory grows with slots * maxLength. */
  slots?: number;
  /** Most tokens in one pass, prompts included, at least `slots`; 512 or `slots` when left out. */
  rowBudget?: number;
  /** Called with every token as soon as it is sampled. */
  onToken?: (id: number | string, token: number, logp: number) => void;
}

/** A request on its way. Its known tokens are the prompt and what was sampled so far. */
interface Sequence {
  id: number | string;
  prompt: Int32Array;
  /** The prompt as text: equal prompts share their prefix. */
  key: string;
  stop: ReadonlySet<number>;
  stream: number;
  tokens: Int32Array;
  logps: Float32Array;
  sampled: number;
  slot: number;
  /** Positions whose keys and values are in the cache. */
  cached: number;
  /** Known tokens that the next pass reads. */
  feed: number;
  /** The sequence whose cached prompt this one waits for. */
  source: Sequence | null;
}

/**
 * Continuous batching: a slot whose sequence ends takes the next request in the same step. Rows are
 * independent, so a response has the same bits whatever else runs beside it.
 */
export class Generator {
  readonly #decoder: Decoder;
  readonly #options: Required<Omit<GeneratorOptions, 'onToken'>>;
  readonly #onToken: GeneratorOptions['onToken'];
  readonly #vocabSize: number;
  readonly #queue: Sequence[] = [];
  readonly #slots: (Sequence | null)[];
  /** Sequences whose prompt is, or soon will be, in the cache. */
  readonly #prompts = new Map<string, Sequence>();
  /** The sequences that sample in this pass, by row. */
  readonly #sampling: Sequence[] = [];
  readonly #stream: Int32Array;
  readonly #step: Int32Array;
  readonly #token: Int32Array;
  readonly #logp: Float32Array;
  #submitted = 0;
  #active = 0;
  #sampledTokens = 0;

  /** The model's weights are copied: later changes of the model do not show. */
  constructor(model: Qwen3Model, options: GeneratorOptions) {
    const { slots = 256, seed = 0, temperature = 1, greedy = false, maxLength } = options;
    const rowBudget = options.rowBudget ?? Math.max(512, slots);
    this.#options = { maxLength, slots, rowBudget, seed, temperature, greedy };
    this.#onToken = options.onToken;
    checkInteger('maxLength', maxLength, 1);
    checkInteger('slots', slots, 1);
    checkInteger('rowBudget', rowBudget, slots);
    this.#vocabSize = model.config.vocabSize;
    this.#decoder = new Decoder(model, { rows: rowBudget, slots, capacity: maxLength });
    this.#slots = Array<Sequence | null>(slots).fill(null);
    this.#stream = new Int32Array(slots);
    this.#step = new Int32Array(slots);
    this.#token = new Int32Array(slots);
    this.#logp = new Float32Array(slots);
  }

  /** Requests that have not ended. */
  get active(): number {
    return this.#active;
  }

  /** Tokens sampled so far, over all requests. */
  get sampledTokens(): number {
    return this.#sampledTokens;
  }

  /** Puts a request in the queue. @throws ArgumentError */
  submit(request: GenerationRequest): void {
    const { prompt, maxNewTokens, stop = [], seedStream, id = this.#submitted } = request;
    checkRequest(request, this.#vocabSize);
    checkInteger('maxLength', this.#options.maxLength, prompt.length + maxNewTokens);
    this.#submitted++;
    this.#active++;
    this.#queue.push({
      ...{ id, prompt: prompt.slice(), key: prompt.join(), stream: seedStream },
      stop: new Set(Array.from(stop)),
      tokens: new Int32Array(maxNewTokens),
      logps: new Float32Array(maxNewTokens),
      ...{ sampled: 0, slot: -1, cached: 0, feed: 0, source: null },
    });
  }

  /** One pass: up to one token for every sequence. Returns the sequences that ended. */
  step(): GenerationResponse[] {
    this.#fillSlots();
    const rows = this.#layOutRows();
    const samples = this.#sampling.length;
    if (rows === 0) return [];
    this.#sample(this.#decoder.run(rows, samples), samples);
    const ended: GenerationResponse[] = [];
    this.#sampling.forEach((sequence, row) => {
      const response = this.#take(sequence, this.#token[row]!, this.#logp[row]!);
      if (response) ended.push(response);
    });
    return ended;
  }

  /** Copies first: the slot that a prompt is copied from may be given away next. */
  #fillSlots(): void {
    for (const sequence of this.#slots) if (sequence?.source) this.#copyPrompt(sequence);
    for (let slot = 0; slot < this.#slots.length; slot++) {
      if (this.#slots[slot]) continue;
      const sequence = this.#queue.shift();
      if (!sequence) return;
      sequence.slot = slot;
      this.#slots[slot] = sequence;
      sequence.source = this.#prompts.get(sequence.key) ?? null;
      this.#prompts.set(sequence.key, sequence.source ?? sequence);
      if (sequence.source) this.#copyPrompt(sequence);
    }
  }

  /** The last token of the prompt is read anew: its row samples. */
  #copyPrompt(sequence: Sequence): void {
    const count = sequence.prompt.length - 1;
    const { slot, cached } = sequence.source!;
    if (cached < count) return;
    this.#decoder.copyPrefix(slot, sequence.slot, count);
    sequence.cached = count;
    sequence.source = null;
    this.#prompts.set(sequence.key, sequence);
  }

  /** Rows that sample come first, then the rest of the prompts. Returns the number of rows. */
  #layOutRows(): number {
    const known = ({ prompt, sampled, source }: Sequence): number =>
      source ? 0 : prompt.length + sampled;
    this.#sampling.length = 0;
    let budget = this.#options.rowBudget;
    for (const sequence of this.#slots) {
      if (sequence && known(sequence) - sequence.cached === 1) budget--;
    }
    for (const sequence of this.#slots) {
      if (!sequence || sequence.source) continue;
      const pending = known(sequence) - sequence.cached;
      sequence.feed = pending === 1 ? 1 : Math.min(pending, budget);
      if (pending > 1) budget -= sequence.feed;
      if (sequence.feed < pending) continue;
      this.#setRow(this.#sampling.push(sequence) - 1, sequence, known(sequence) - 1);
    }
    let rows = this.#sampling.length;
    for (const sequence of this.#slots) {
      if (!sequence || sequence.source) continue;
      const end = Math.min(sequence.cached + sequence.feed, known(sequence) - 1);
      for (let at = sequence.cached; at < end; at++) this.#setRow(rows++, sequence, at);
      sequence.cached += sequence.feed;
    }
    return rows;
  }

  #setRow(row: number, { prompt, tokens, slot }: Sequence, position: number): void {
    const sampled = position - prompt.length;
    this.#decoder.ids[row] = sampled < 0 ? prompt[position]! : tokens[sampled]!;
    this.#decoder.slot[row] = slot;
    this.#decoder.position[row] = position;
  }

  #sample(logits: Float32Array, N: number): void {
    const { seed, temperature, greedy } = this.#options;
    const part = <A extends Int32Array | Float32Array>(array: A): A => array.subarray(0, N) as A;
    this.#sampling.forEach(({ stream, prompt, sampled }, row) => {
      this.#stream[row] = stream;
      this.#step[row] = prompt.length + sampled;
    });
    const [stream, step] = [part(this.#stream), part(this.#step)];
    const [token, logp] = [part(this.#token), part(this.#logp)];
    const V = this.#vocabSize;
    cpu.categorical_sample({ N, V, logits, temperature, seed, stream, step, greedy, token, logp });
  }

  /** Adds a token to its sequence; the response when that ends it. */
  #take(sequence: Sequence, token: number, logp: number): GenerationResponse | null {
    const { id, tokens, logps, stop, slot, key } = sequence;
    tokens[sequence.sampled] = token;
    logps[sequence.sampled] = logp;
    sequence.sampled++;
    this.#sampledTokens++;
    this.#onToken?.(id, token, logp);
    const stopped = stop.has(token);
    if (!stopped && sequence.sampled < tokens.length) return null;
    this.#slots[slot] = null;
    if (this.#prompts.get(key) === sequence) this.#prompts.delete(key);
    this.#active--;
    const count = sequence.sampled;
    const finish = stopped ? 'stop' : 'length';
    return { id, tokens: tokens.slice(0, count), logps: logps.slice(0, count), finish };
  }
}
