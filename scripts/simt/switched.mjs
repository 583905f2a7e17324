// Programs that hold all mutants of their sources: one is chosen when they run, so that a unit is compiled once, not once
// for each of its mutants.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../root.mjs';
import { kernelFiles, mutantsOf, opsOf } from './mutations.mjs';
import { compileKernel, linkRunner, runCases } from './runner.mjs';

const header = join(root, 'scripts/simt/mutation.h');

/** What ANACRUSIS_MUTANT says; the same while the mutant's file is. */
export const numberOf = ({ id }) => 1 + (Number.parseInt(id.slice(0, 8), 16) % 0x7fffffff);

function switched(file) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const mutants = mutantsOf(file).sort((a, b) => b.at - a.at);
  for (const mutant of mutants) {
    const { line, at, from, kind } = mutant;
    const text = lines[line - 1];
    const number = numberOf(mutant);
    const to =
      kind === 'barrier'
        ? `MUTANT_WITHOUT(${number}, ${from.replace(/;$/, '')})`
        : `${from}MUTANT_SITE(${number})${from}`;
    lines[line - 1] = text.slice(0, at) + to + text.slice(at + from.length);
  }
  return lines.join('\n');
}

export class SwitchedPrograms {
  #folder;
  #tree;
  #programs = new Map();

  constructor(folder) {
    this.#folder = folder;
    this.#tree = join(folder, 'tree');
    rmSync(this.#tree, { recursive: true, force: true });
    const source = (path) => !/\.\w+$/.test(basename(path)) || /\.(h|cuh|cu)$/.test(path);
    for (const part of ['math', 'ops', 'runtime']) {
      const path = join('native', part);
      cpSync(join(root, path), join(this.#tree, path), { recursive: true, filter: source });
    }
    for (const file of kernelFiles()) writeFileSync(join(this.#tree, file), switched(file));
  }

  async #make(build, unit) {
    const folder = join(this.#folder, build, unit.replaceAll('/', '-'));
    mkdirSync(folder, { recursive: true });
    const object = join(folder, 'unit.o');
    const program = join(folder, 'run_cases');
    if (!(await compileKernel(build, this.#tree, unit, object, ['-include', header]))) {
      throw new Error(`${unit} does not compile with its mutants`);
    }
    await linkRunner(build, [object], program);
    const { failed, output } = await runCases(program, build, opsOf(unit), { stop: true });
    if (failed) throw new Error(`${unit} fails without any mutant (${build}): ${output}`);
    return program;
  }

  /** Whether the cases of a unit notice a mutant. @returns {Promise<{ reached: boolean, problem: string }>} */
  async run(build, unit, mutant) {
    const key = `${build} ${unit}`;
    if (!this.#programs.has(key)) this.#programs.set(key, this.#make(build, unit));
    const program = await this.#programs.get(key);
    const { failed, problem, output } = await runCases(program, build, opsOf(unit), {
      stop: true,
      mutant: numberOf(mutant),
    });
    return { reached: failed || output.includes('mutant reached'), problem: failed ? problem : '' };
  }
}
