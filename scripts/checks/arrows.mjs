// Who may import whom, and no cycle anywhere: in package.json, tsconfig.json and the sources alike.
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { root } from '../root.mjs';
import { packageFolders, read, readJson, sources } from './files.mjs';

/** What a package may import directly; what those may import comes with it. */
const arrows = {
  'native-linux-x64-gnu': [],
  native: ['native-linux-x64-gnu'],
  tensor: ['native'],
  attention: ['tensor'],
  ppo: ['tensor'],
  lm: ['tensor'],
  sphnn: ['tensor'],
  run: ['tensor'],
  agents: ['tensor'],
  asyppo: ['ppo'],
  'lite-ppo': ['ppo'],
  least: ['agents'],
  grama: ['agents'],
  neuroplastic: ['agents'],
  rollout: ['native'],
  envs: [],
  testing: ['tensor'],
};
const algorithms = Object.keys(arrows).filter((name) => name !== 'testing');
arrows.trainers = algorithms;
arrows.cli = ['trainers'];
arrows.bench = ['cli', 'testing'];

export function allowed(name) {
  const reached = new Set();
  const visit = (from) => {
    for (const to of arrows[from] ?? []) {
      if (reached.has(to)) continue;
      reached.add(to);
      visit(to);
    }
  };
  visit(name);
  return reached;
}

const specifier = /(?:^|[\s;}])(?:import|export)\s(?!type\b)[^'"]*?from\s*['"]([^'"]+)['"]/g;
const typeSpecifier = /(?:import|export)\s+type\b[^'"]*?from\s*['"]([^'"]+)['"]/g;
const otherSpecifier = /\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

/** What a source imports: `values` counts at run time, `types` does not. */
export function importsOf(path) {
  const text = read(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');
  const all = (pattern) => [...text.matchAll(pattern)].map((match) => match[1]);
  return { values: [...all(specifier), ...all(otherSpecifier)], types: all(typeSpecifier) };
}

const packageOf = (from) =>
  from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
const ours = (name) => name.startsWith('@anacrusis/');
const short = (name) => name.slice('@anacrusis/'.length);

function checkManifest(report, folder, name) {
  const manifest = readJson(`${folder}/package.json`);
  const at = `${folder}/package.json`;
  const { dependencies = {}, optionalDependencies = {}, devDependencies = {} } = manifest;
  const runtime = { ...dependencies, ...optionalDependencies };
  const may = allowed(name);
  for (const dependency of Object.keys(runtime).filter(ours).map(short)) {
    if (!may.has(dependency)) report.fail(at, `${name} must not depend on ${dependency}`);
  }
  for (const dependency of Object.keys(devDependencies).filter(ours).map(short)) {
    if (dependency !== 'testing' && !may.has(dependency)) {
      report.fail(at, `${name} must not depend on ${dependency}, not even in tests`);
    }
  }
  const tsconfig = join(folder, 'tsconfig.json');
  if (existsSync(join(root, tsconfig))) {
    const references = (readJson(tsconfig).references ?? []).map(({ path }) => path.slice(3));
    const compiled = Object.keys(dependencies).filter(ours).map(short);
    if (String(references.toSorted()) !== String(compiled.toSorted())) {
      report.fail(tsconfig, `references [${references}], package.json has [${compiled}]`);
    }
  }
  return runtime;
}

function checkImports(report, folder, name, declared) {
  const inTests = new Set([...allowed(name), 'testing', name]);
  for (const path of sources(folder, /\.(ts|mjs)$/)) {
    const isTest = path.startsWith(`${folder}/test/`) || name === 'bench';
    const { values, types } = importsOf(path);
    for (const from of [...values, ...types]) {
      if (from.startsWith('node:')) continue;
      if (from.startsWith('.')) {
        const target = normalize(join(dirname(path), from));
        if (!target.startsWith(`${folder}/`)) report.fail(path, `'${from}' leaves the package`);
      } else if (isTest) {
        const target = packageOf(from);
        if (ours(target) && !inTests.has(short(target))) {
          report.fail(path, `tests of ${name} must not import ${target}`);
        }
      } else if (!(packageOf(from) in declared)) {
        report.fail(path, `'${from}' is not a dependency in package.json`);
      }
    }
  }
}

function checkCycles(report, folder) {
  const files = sources(`${folder}/src`, /\.ts$/);
  const graph = new Map(
    files.map((path) => [
      path,
      importsOf(path)
        .values.filter((from) => from.startsWith('.'))
        .map((from) => normalize(join(dirname(path), from)).replace(/\.js$/, '.ts')),
    ]),
  );
  const state = new Map();
  const visit = (path, trail) => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      report.fail(path, `cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
      return;
    }
    state.set(path, 'open');
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of files) visit(path, []);
}

export const packageArrows = {
  name: 'package arrows',
  run(report) {
    const folders = packageFolders().map((name) => [`packages/${name}`, name]);
    for (const [folder, name] of [...folders, ['bench', 'bench']]) {
      if (!(name in arrows)) {
        report.fail(folder, `say in scripts/checks/arrows.mjs what ${name} may import`);
        continue;
      }
      const declared = checkManifest(report, folder, name);
      checkImports(report, folder, name, declared);
      checkCycles(report, folder);
    }
  },
};
