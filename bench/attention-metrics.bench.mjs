// WAAD, FAI and span from queries and keys, and from maps that were kept.
import { cpu } from '@anacrusis/native';
import { Random } from '@anacrusis/testing';

export const title = 'attention metrics';

const FAR = Number.MAX_SAFE_INTEGER;

/** Upper halves of floats, rounded to nearest. */
function bf16(x) {
  const words = new Uint32Array(x.buffer, x.byteOffset, x.length);
  return Uint16Array.from(words, (word) => (word + 0x7fff + ((word >> 16) & 1)) >>> 16);
}

/**
 * Queries and keys [H,T,D]. gaussian: every key may matter. structured: the first key is a sink and scores
 * fall with the distance, as in trained models.
 */
function vectors(random, kind, heads, T, D) {
  const x = random.f32(heads * T * D);
  if (kind === 'gaussian') return x;
  for (let row = 0; row < heads * T; row++) {
    const t = row % T;
    x[row * D] = t === 0 ? 8 : 1.5; // what all queries ask for and the first key has
    for (let i = 0; i < 4; i++) {
      const angle = t * 0.3 ** (i + 1);
      x[row * D + 1 + 2 * i] = 3 * Math.cos(angle);
      x[row * D + 2 + 2 * i] = 3 * Math.sin(angle);
    }
  }
  return x;
}

function scoreArgs({ kind, H, Hkv, T, D, dtype, window, horizon, lse }) {
  const random = new Random(7);
  const [q, k] = [vectors(random, kind, H, T, D), vectors(random, kind, Hkv, T, D)];
  return {
    ...{ T, H, Hkv, D, S: 1, layout: 'bhtd', dtype },
    q: dtype === 'bf16' ? bf16(q) : q,
    k: dtype === 'bf16' ? bf16(k) : k,
    offsets: Int32Array.of(0, T),
    query_begin: Int32Array.of(0),
    query_end: Int32Array.of(T),
    scale: 1 / Math.sqrt(D),
    ...{ window, h_lo: horizon[0], h_hi: horizon[1], exclude_sink: 0, lse_form: 'natural' },
    // Given, it is that of no rows in particular: how long the kernels take does not depend on it.
    lse_in: lse ? new Float32Array(H * T).fill(Math.log(T) + 0.5) : undefined,
    waad: new Float32Array(H * T),
    fai: new Float32Array(H * T),
    span: lse ? undefined : new Float32Array(H),
  };
}

/** Small enough for the float64 reference; where the rows' log-sum-exp is given, it is the right one. */
function checkArgs(options) {
  const args = scoreArgs({ ...options, T: 300, H: 2, Hkv: Math.min(2, options.Hkv) });
  if (args.lse_in) {
    const lse = new Float32Array(args.lse_in.length);
    cpu.attention_metrics({ ...args, lse_in: undefined, lse });
    args.lse_in = lse;
  }
  return args;
}

function fromScores(options) {
  const { kind, H, Hkv, T, D, dtype, horizon, lse, peer = 'attention_metrics' } = options;
  const scores = (H * T * (T + 1)) / 2;
  const future = horizon[1] === FAR ? 'whole future' : `horizon ${horizon.join('-')}`;
  return {
    name: `${kind} ${dtype}, H ${H}/${Hkv}, T ${T}, D ${D}, ${future}${lse ? ', lse given' : ''}`,
    op: 'attention_metrics',
    args: () => scoreArgs(options),
    bytes: (H + Hkv) * T * D * (dtype === 'f32' ? 4 : 2) + 8 * H * T,
    flops: 2 * D * scores, // of one causal product
    against: 'gemm',
    check: { args: () => checkArgs(options) },
    peer: peer ? { name: peer } : undefined,
    ...{ rounds: options.rounds, memory: options.memory },
    goal: options.goal ?? { share: 1 / 1.35, ratio: { 'torch eager': dtype === 'f32' ? 8 : 15 } },
  };
}

function mapArgs({ H, T, dtype, normalized = false }) {
  const random = new Random(8);
  const maps = new Float32Array(H * T * T);
  for (let row = 0; row < H * T; row++) {
    const t = row % T;
    let total = 0;
    for (let s = 0; s <= t; s++) total += maps[row * T + s] = 1 + random.uniform();
    for (let s = 0; s <= t; s++) maps[row * T + s] /= total;
  }
  return {
    ...{ B: 1, H, T, dtype, normalized, window: 10, h_lo: 10, h_hi: 100, exclude_sink: 0 },
    maps: dtype === 'bf16' ? bf16(maps) : maps,
    query_begin: Int32Array.of(0),
    query_end: Int32Array.of(T),
    waad: new Float32Array(H * T),
    fai: new Float32Array(H * T),
  };
}

function fromMaps(options) {
  const { H, T, dtype, normalized = false } = options;
  const read = normalized ? H * T * 101 : (H * T * (T + 1)) / 2;
  return {
    name: `maps ${dtype}, H ${H}, T ${T}${normalized ? ', band alone' : ''}`,
    op: 'attention_metrics_from_maps',
    args: () => mapArgs(options),
    bytes: read * (dtype === 'f32' ? 4 : 2),
    against: 'read',
    // Rows rounded to bf16 lack up to 2^-9 of their sum: exact numbers are checked in float32.
    check: { args: () => mapArgs({ ...options, T: 300, H: 2, dtype: 'f32' }) },
    peer: { name: 'attention_metrics_from_maps' },
  };
}

const base = { kind: 'gaussian', H: 4, Hkv: 4, T: 2048, D: 128, window: 10, horizon: [0, FAR] };

/** With what a GPU is for: long sequences, many heads; whole maps would not fit, so the peer is a fused forward. */
const large = { ...base, dtype: 'bf16', H: 32, Hkv: 8, peer: 'attention_forward' };
const forwards = (times) => ({ ratio: { 'flash-attn forward': 1 / times } });

export const gpuCases = [
  fromScores({ ...large, T: 8192, goal: forwards(1) }),
  fromScores({ ...large, T: 16_384, goal: forwards(1) }),
  fromScores({ ...large, T: 16_384, D: 64, goal: forwards(1.25) }),
  fromScores({ ...large, T: 16_384, horizon: [10, 100], goal: forwards(0.55) }),
  fromScores({ ...large, T: 32_768, horizon: [0, 128], lse: true, goal: forwards(0.02) }),
  fromScores({ ...large, T: 16_384, lse: true, goal: forwards(0.5) }),
];

export const cases = [
  fromScores({ ...base, dtype: 'f32' }),
  fromScores({ ...base, dtype: 'bf16' }),
  fromScores({ ...base, dtype: 'f32', kind: 'structured' }),
  fromScores({ ...base, dtype: 'bf16', kind: 'structured' }),
  fromScores({ ...base, dtype: 'f32', horizon: [10, 100] }),
  fromScores({ ...base, dtype: 'f32', H: 8, Hkv: 2, D: 64 }),
  fromScores({ ...base, dtype: 'bf16', H: 8, Hkv: 2, T: 8192 }),
  // Without a peer: a single one of its maps has 4.3 GB here.
  fromScores({ ...base, dtype: 'f32', T: 16_384, rounds: 1, memory: true, peer: null }),
  fromMaps({ H: 4, T: 2048, dtype: 'f32' }),
  fromMaps({ H: 4, T: 2048, dtype: 'bf16' }),
  fromMaps({ H: 4, T: 2048, dtype: 'f32', normalized: true }),
];
