// The ```ts blocks of every README are compiled and executed, each from the folder of its package.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNode } from '../command.mjs';
import { root } from '../root.mjs';
import { packageFolders, read } from './files.mjs';

/** The root README speaks to users of all packages; bench is the folder that may import them all. */
function pages() {
  const own = packageFolders().map((name) => [`packages/${name}/README.md`, `packages/${name}`]);
  return [['README.md', 'bench'], ...own].filter(([page]) => existsSync(join(root, page)));
}

function extract([page, folder]) {
  return [...read(page).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match, index) => {
    const line = read(page).slice(0, match.index).split('\n').length;
    const path = `${folder}/build/readme/block-${index + 1}.ts`;
    mkdirSync(join(root, folder, 'build/readme'), { recursive: true });
    writeFileSync(join(root, path), match[1]);
    return { title: `${page}:${line}`, folder, path };
  });
}

export const readme = {
  name: 'README code',
  async run(report) {
    for (const [, folder] of pages())
      rmSync(join(root, folder, 'build/readme'), { recursive: true, force: true });
    const blocks = pages().flatMap(extract);
    const options = {
      composite: false,
      declaration: false,
      declarationMap: false,
      noUnusedLocals: false,
    };
    const config = { extends: '../tsconfig.base.json', compilerOptions: options, files: [] };
    config.files = blocks.map(({ path }) => `../${path}`);
    mkdirSync(join(root, 'build'), { recursive: true });
    writeFileSync(join(root, 'build/tsconfig.readme.json'), JSON.stringify(config));
    if (blocks.length > 0) {
      await runNode([
        join(root, 'node_modules/typescript/bin/tsc'),
        '-p',
        'build/tsconfig.readme.json',
      ]);
    }
    for (const { title, folder, path } of blocks) {
      try {
        const compiled = join(root, path.replace(/\.ts$/, '.js'));
        await runNode([compiled], { cwd: join(root, folder), seconds: 300 });
        report.pass(title);
      } catch (error) {
        report.fail(title, `${error.message}\n${error.output}`);
      }
    }
  },
};
