import { opsOn, type Tensor } from '@anacrusis/tensor';
import { Buffers } from './buffers.js';
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
  /** Sequences at a time; 128 when left out. Memory grows with slots * maxLength. */
  slots?: number;
  /** Most tokens in one pass, prompts included, at least `slots`; twice that when left out. */
  rowBudget?: number;
  /** Called with every token as soon as it is sampled. */
  onToken?: (id: number | string, token: number, logp: number) => void;
}

/** A request on its way. Its known tokens are the prompt and what was sampled so far. */
interface Sequence {
  readonly id: number | string;
  readonly prompt: Int32Array;
  /** The prompt as text: equal prompts share their prefix. */
  readonly key: string;
  readonly stop: readonly number[];
  readonly stream: number;
  readonly maxNewTokens: number;
  readonly tokens: number[];
  readonly logps: number[];
  slot: number;
  /** Number of known tokens, and the last of them. */
  known: number;
  last: number;
  /** Positions whose keys and values are in the cache, or will be after this pass. */
  cached: number;
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
  readonly #freeSlots: number[];
  readonly #running: Sequence[] = [];
  /** Sequences whose prompt is, or soon will be, in the cache. */
  readonly #prompts = new Map<string, Sequence>();
  /** The sequences that sample in this pass, by row, and those that read on in their prompt. */
  readonly #sampling: Sequence[] = [];
  readonly #reading: Sequence[] = [];
  readonly #buffers: Buffers;
  /** Stream and step of every row that samples: [2, slots]. */
  readonly #said: Int32Array;
  readonly #index: Tensor;
  readonly #token: Tensor;
  readonly #logp: Tensor;
  #submitted = 0;
  #active = 0;
  #sampledTokens = 0;

  /** The model's weights are copied: later changes of the model do not show. */
  constructor(model: Qwen3Model, options: GeneratorOptions) {
    const { slots = 128, seed = 0, temperature = 1, greedy = false, maxLength } = options;
    const rowBudget = options.rowBudget ?? 2 * slots;
    this.#options = { maxLength, slots, rowBudget, seed, temperature, greedy };
    this.#onToken = options.onToken;
    checkInteger('maxLength', maxLength, 1);
    checkInteger('slots', slots, 1);
    checkInteger('rowBudget', rowBudget, slots);
    this.#vocabSize = model.config.vocabSize;
    this.#decoder = new Decoder(model, { rows: rowBudget, slots, capacity: maxLength });
    this.#freeSlots = Array.from({ length: slots }, (_, i) => slots - 1 - i);
    this.#buffers = new Buffers(model.device);
    this.#said = new Int32Array(2 * slots);
    this.#index = this.#buffers.empty([2, slots], 'i32');
    this.#token = this.#buffers.empty([slots], 'i32');
    this.#logp = this.#buffers.empty([slots]);
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
      id,
      prompt: prompt.slice(),
      key: prompt.join(),
      stop: Array.from(stop),
      stream: seedStream,
      maxNewTokens,
      tokens: [],
      logps: [],
      slot: -1,
      known: prompt.length,
      last: prompt[prompt.length - 1]!,
      cached: 0,
      source: null,
    });
  }

  /** One pass: up to one token for every sequence. Returns the sequences that ended. */
  step(): GenerationResponse[] {
    this.#fillSlots();
    const rows = this.#layOutRows();
    const samples = this.#sampling.length;
    if (rows === 0) return [];
    this.#index.write(this.#said);
    const { tokens, logps } = this.#sample(this.#decoder.run(rows, samples), samples);
    const ended: GenerationResponse[] = [];
    for (let row = 0; row < samples; row++) {
      const response = this.#take(this.#sampling[row]!, tokens[row]!, logps[row]!);
      if (response) ended.push(response);
    }
    return ended;
  }

  /** Gives the memory back; requests that have not ended are dropped. */
  dispose(): void {
    this.#decoder.dispose();
    this.#buffers.dispose();
  }

  /** Copies first: the slot that a prompt is copied from may be given away next. */
  #fillSlots(): void {
    for (const sequence of this.#running) if (sequence.source) this.#copyPrompt(sequence);
    while (this.#freeSlots.length > 0 && this.#queue.length > 0) {
      const sequence = this.#queue.shift()!;
      sequence.slot = this.#freeSlots.pop()!;
      this.#running.push(sequence);
      sequence.source = this.#prompts.get(sequence.key) ?? null;
      if (sequence.source) this.#copyPrompt(sequence);
      else this.#prompts.set(sequence.key, sequence);
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
    this.#sampling.length = 0;
    this.#reading.length = 0;
    for (const sequence of this.#running) {
      if (sequence.known - sequence.cached === 1) this.#sampleRow(sequence);
      else if (!sequence.source) this.#reading.push(sequence);
    }
    let budget = this.#options.rowBudget - this.#sampling.length;
    const begins: number[] = [];
    for (const sequence of this.#reading) {
      const feed = Math.min(sequence.known - sequence.cached, budget);
      begins.push(sequence.cached);
      sequence.cached += feed;
      budget -= feed;
      if (sequence.cached === sequence.known) this.#sampleRow(sequence);
    }
    let rows = this.#sampling.length;
    this.#reading.forEach(({ prompt, slot, cached }, i) => {
      const end = Math.min(cached, prompt.length - 1);
      for (let at = begins[i]!; at < end; at++) this.#decoder.setRow(rows++, prompt[at]!, slot, at);
    });
    return rows;
  }

  /** The row of the last known token. */
  #sampleRow(sequence: Sequence): void {
    const row = this.#sampling.push(sequence) - 1;
    sequence.cached = sequence.known;
    this.#decoder.setRow(row, sequence.last, sequence.slot, sequence.known - 1);
    this.#said[row] = sequence.stream;
    this.#said[this.#options.slots + row] = sequence.known;
  }

  /** Tokens and log-probabilities, all that leaves the device. */
  #sample(logits: Tensor, N: number): { tokens: Int32Array; logps: Float32Array } {
    const { slots, seed, temperature, greedy } = this.#options;
    using stream = this.#index.alias([N]);
    using step = this.#index.alias([N], slots);
    using token = this.#token.alias([N]);
    using logp = this.#logp.alias([N]);
    opsOn(logits.device).categorical_sample({
      N,
      V: this.#vocabSize,
      logits: logits.raw,
      temperature,
      seed,
      stream: stream.raw,
      step: step.raw,
      greedy,
      token: token.raw,
      logp: logp.raw,
    });
    return { tokens: token.read() as Int32Array, logps: logp.read() as Float32Array };
  }

  /** Adds a token to its sequence; the response when that ends it. */
  #take(sequence: Sequence, token: number, logp: number): GenerationResponse | null {
    const { tokens, logps } = sequence;
    tokens.push(token);
    logps.push(logp);
    sequence.last = token;
    sequence.known++;
    this.#sampledTokens++;
    this.#onToken?.(sequence.id, token, logp);
    const stopped = sequence.stop.includes(token);
    if (!stopped && tokens.length < sequence.maxNewTokens) return null;
    this.#retire(sequence);
    const finish = stopped ? 'stop' : 'length';
    return {
      id: sequence.id,
      tokens: new Int32Array(tokens),
      logps: new Float32Array(logps),
      finish,
    };
  }

  #retire(sequence: Sequence): void {
    this.#running.splice(this.#running.indexOf(sequence), 1);
    this.#freeSlots.push(sequence.slot);
    if (this.#prompts.get(sequence.key) === sequence) this.#prompts.delete(sequence.key);
    this.#active--;
  }
}
