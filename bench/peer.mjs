// A PyTorch process that runs the peer of a kernel on the same inputs, once whenever it is asked.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./peers/torch_kernels.py', import.meta.url));
const python = process.env.PYTHON ?? 'python3';
const dtypes = {
  Float32Array: 'f32',
  Float64Array: 'f64',
  Int32Array: 'i32',
  Uint8Array: 'u8',
  Uint16Array: 'u16',
};

/** Whether PyTorch can be imported, and which; null where not. */
export function torchVersion() {
  try {
    const code = 'import torch; print(torch.__version__)';
    return execFileSync(python, ['-c', code], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}

export class Peer {
  modes = [];
  about = {};
  #process;
  #lines;
  #folder;

  /** Starts the peer of a case; modes whose set-up fails are left out, with the reason in `about`. */
  static async start(testCase, device) {
    const peer = new Peer();
    peer.#folder = mkdtempSync(join(tmpdir(), 'anacrusis-peer-'));
    peer.#process = spawn(python, ['-u', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    peer.#lines = createInterface({ input: peer.#process.stdout })[Symbol.asyncIterator]();
    const inputs = {};
    const numbers = {};
    // Item i of a list is the input `name.i`.
    const given = Object.entries(testCase.args()).flatMap(([name, value]) =>
      Array.isArray(value) ? value.map((item, i) => [`${name}.${i}`, item]) : [[name, value]],
    );
    for (const [name, value] of given) {
      if (!ArrayBuffer.isView(value)) {
        if (value !== undefined) numbers[name] = value;
        continue;
      }
      const file = join(peer.#folder, name);
      writeFileSync(file, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      inputs[name] = { file, dtype: dtypes[value.constructor.name] };
    }
    const { name, params = {} } = testCase.peer;
    const { threads, name: where } = device;
    const job = {
      function: name,
      inputs,
      params: { ...numbers, ...params },
      threads,
      device: where,
    };
    const { modes, ...about } = await peer.#ask(job);
    peer.modes = modes ?? [];
    peer.about = about;
    return peer;
  }

  /** Seconds of one run, timed over `repeat` of them. */
  async once(mode, repeat) {
    const { seconds, error } = await this.#ask({ run: mode, repeat });
    if (error) throw new Error(`${mode}: ${error}`);
    return seconds;
  }

  /** Bytes that a run needs beside what is there. */
  async memory(mode) {
    const { bytes, error } = await this.#ask({ memory: mode });
    if (error) throw new Error(`${mode}: ${error}`);
    return bytes;
  }

  /** Float32 outputs of one run, by name, so that a baseline is checked before it is timed. */
  async outputs(mode) {
    const { files } = await this.#ask({ outputs: mode, folder: this.#folder });
    return Object.fromEntries(
      Object.entries(files).map(([name, file]) => {
        const bytes = readFileSync(file);
        return [name, new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)];
      }),
    );
  }

  stop() {
    this.#process.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ask(question) {
    this.#process.stdin.write(JSON.stringify(question) + '\n');
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the PyTorch process ended');
    return JSON.parse(value);
  }
}
