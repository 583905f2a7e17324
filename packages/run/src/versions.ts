import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface PackageFile {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/**
 * Names and versions of the package that a module belongs to and of what it depends on, followed
 * through the packages of this project. Call it with the caller's `import.meta.url`.
 */
export function packageVersions(moduleUrl: string): Record<string, string> {
  const versions = new Map<string, string>();
  const visit = (folder: string): void => {
    const own = readPackage(folder);
    if (versions.has(own.name)) return;
    versions.set(own.name, own.version);
    for (const name of Object.keys({ ...own.dependencies, ...own.optionalDependencies })) {
      const found = ancestors(folder).find((at) => isPackage(join(at, 'node_modules', name)));
      if (!found) continue;
      const dependency = realpathSync(join(found, 'node_modules', name));
      if (name.startsWith('@anacrusis/')) visit(dependency);
      else versions.set(name, readPackage(dependency).version);
    }
  };
  const own = ancestors(dirname(fileURLToPath(moduleUrl))).find(isPackage);
  if (own) visit(own);
  return Object.fromEntries([...versions].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The commit of the working directory, with `+changes` when files differ from it; null outside git. */
export function gitCommit(): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      encoding: 'utf8',
      timeout: 5000,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const commit = git('rev-parse', 'HEAD');
    return git('status', '--porcelain', '--untracked-files=no') === ''
      ? commit
      : `${commit}+changes`;
  } catch {
    return null;
  }
}

function readPackage(folder: string): PackageFile {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageFile;
}

function isPackage(folder: string): boolean {
  return existsSync(join(folder, 'package.json'));
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
