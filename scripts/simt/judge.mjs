// The verdict on a mutant.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../root.mjs';
import { sourcesOf } from './mutations.mjs';
import { compileKernel, NO_END } from './runner.mjs';
import { SwitchedPrograms } from './switched.mjs';

const MOST_UNITS = 4; // that run what a mutant changes, and whose cases may miss it before it counts as survivor

export const isKilled = ({ verdict }) => verdict.startsWith('killed');
export const isSurvivor = ({ verdict }) => verdict === 'survived' || verdict === 'not reached';

function layOut(overlay, unit, mutant) {
  rmSync(overlay, { recursive: true, force: true });
  for (const source of new Set([mutant?.file ?? unit, unit])) {
    mkdirSync(dirname(join(overlay, source)), { recursive: true });
    const text = source === mutant?.file ? mutant.source : readFileSync(join(root, source));
    writeFileSync(join(overlay, source), text);
  }
}

export class Judge {
  #folder;
  #programs;
  #baselines = new Map();

  constructor(folder) {
    this.#folder = folder;
    this.#programs = new SwitchedPrograms(join(folder, 'switched'));
  }

  async #object(overlay, unit, mutant) {
    layOut(overlay, unit, mutant);
    const object = join(overlay, 'unit.o');
    const compiled = await compileKernel('plain', overlay, unit, object);
    return compiled ? readFileSync(object) : undefined;
  }

  /** The object of a unit as it is; the same for every mutant. */
  #baseline(unit) {
    if (!this.#baselines.has(unit)) {
      const overlay = join(this.#folder, 'baseline', unit.replaceAll('/', '-'));
      this.#baselines.set(unit, this.#object(overlay, unit));
    }
    return this.#baselines.get(unit);
  }

  /** 'killed by ...', 'survived', 'not reached' by any case, or 'same code' (the compiler makes the same of it). */
  async verdict(mutant, worker) {
    const sources = sourcesOf(mutant.file);
    const reaching = [];
    for (const unit of sources) {
      const { reached, problem } = await this.#programs.run('plain', unit, mutant);
      if (problem) return `killed by ${problem}`;
      if (reached) reaching.push(unit);
      if (reaching.length === MOST_UNITS) break;
    }
    const changed = [];
    for (const unit of reaching.length > 0 ? reaching : sources.slice(0, MOST_UNITS)) {
      const object = await this.#object(join(this.#folder, `worker-${worker}`), unit, mutant);
      if (!object?.equals(await this.#baseline(unit))) changed.push(unit);
    }
    if (changed.length === 0) return 'same code';
    for (const build of mutant.kind === 'barrier' ? ['thread'] : ['address', 'thread']) {
      for (const unit of reaching) {
        const { problem } = await this.#programs.run(build, unit, mutant);
        if (problem && problem !== NO_END) return `killed by ${build}`;
      }
    }
    return reaching.length > 0 ? 'survived' : 'not reached';
  }
}
