// Every op has the same name everywhere, every package is built, and nothing is left over.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../root.mjs';
import { packageFolders, read, readJson, sources } from './files.mjs';

const load = (path) => import(pathToFileURL(join(root, path)).href);

function compare(report, title, expected, received) {
  const missing = expected.filter((name) => !received.includes(name));
  const surplus = received.filter((name) => !expected.includes(name));
  if (missing.length > 0) report.fail(title, `missing: ${missing.join(', ')}`);
  if (surplus.length > 0) report.fail(title, `too much: ${surplus.join(', ')}`);
  if (missing.length + surplus.length === 0) report.pass(title);
}

const snake = (name) => name.replace(/(?<!^)(?=[A-Z])/g, '_').toLowerCase();

function opList(report) {
  const text = read('native/ops/ops.h');
  const includes = [...text.matchAll(/^#include "(\w+)\/\1\.h"$/gm)].map((match) => match[1]);
  const entries = [...text.matchAll(/\bOP\((\w+)\)/g)].map((match) => snake(match[1]));
  compare(report, 'ops.h: an include and an entry for each op', includes, entries);
  const unsorted = [includes, entries].some((list) => String(list) !== String(list.toSorted()));
  if (unsorted) report.fail('ops.h is alphabetical', 'sort the includes and the entries');
  return includes;
}

async function ops(report) {
  const listed = opList(report);
  const files = sources('native/ops', /\.(h|cpp|cu)$/);
  const folders = new Set(files.map((path) => path.split('/')[2]).filter((n) => !n.includes('.')));
  compare(report, 'folders of native/ops', listed, [...folders]);
  const { cpu, descriptions } = await load('packages/native/dist/index.js');
  const raw = Object.keys(cpu);
  compare(report, 'raw ops', [...listed, ...listed.map((name) => `${name}_async`)], raw);
  const { allOpCases } = await load('packages/testing/dist/index.js');
  const cases = (await allOpCases()).map(({ op }) => op);
  compare(report, 'op cases (packages/testing/src/cases)', listed, cases);
  const onCuda = descriptions.filter((op) => op.onCuda).map((op) => op.name);
  const kernels = files.filter((path) => path.endsWith('.cu')).map((path) => path.split('/')[2]);
  compare(report, 'ops marked on_cuda have a .cu', onCuda, [...new Set(kernels)]);
}

function packages(report) {
  const folders = packageFolders();
  const named = folders.map((folder) => readJson(`packages/${folder}/package.json`).name);
  compare(
    report,
    'package names',
    folders.map((folder) => `@anacrusis/${folder}`),
    named,
  );
  const compiled = folders.filter((f) => existsSync(join(root, 'packages', f, 'tsconfig.json')));
  const references = readJson('tsconfig.json').references.map(({ path }) => path.split('/')[1]);
  compare(report, 'references of tsconfig.json', compiled, references);
  const version = (folder) => readJson(`packages/${folder}/package.json`).version;
  const versions = [version('native'), version('native-linux-x64-gnu')];
  compare(report, 'version of the platform package', [versions[0]], [versions[1]]);
}

export const names = {
  name: 'name sets',
  async run(report) {
    packages(report);
    await ops(report);
  },
};
