import { run, which } from '../command.mjs';
import { log, SetupError } from './step.mjs';

/** Debian names of what the native build wants and this machine lacks. */
export function missingPackages() {
  return ['g++', 'make', 'cmake', 'python3'].filter((program) => !which(program));
}

/** CMake and Python stand in for each other: cmake-js wants the one, node-gyp the other. */
function indispensable(missing) {
  const either = missing.includes('cmake') && missing.includes('python3');
  return missing.filter((name) => either || (name !== 'cmake' && name !== 'python3'));
}

async function aptGet(args) {
  log(await run('apt-get', args, { env: { DEBIAN_FRONTEND: 'noninteractive' } }));
}

/**
 * Installs missing system packages when this is root on a Debian-like system.
 * @throws SetupError with the command to type when something indispensable is still missing.
 */
export async function systemPackages(update) {
  const missing = missingPackages();
  if (missing.length === 0) return 'present';
  let reason = 'this is not root';
  if (process.getuid?.() === 0 && which('apt-get')) {
    update(`installing ${missing.join(' ')}`);
    try {
      await aptGet(['update', '-q']).catch((error) => log(error.output));
      await aptGet(['install', '-y', '-q', '--no-install-recommends', ...missing]);
    } catch (error) {
      log(error.output);
      reason = `apt-get failed: ${error.output.match(/^E: .*$/m)?.[0] ?? error.message}`;
    }
  } else if (!which('apt-get')) {
    reason = 'there is no apt-get here';
  }
  const left = missingPackages();
  if (left.length === 0) return `installed ${missing.join(' ')}`;
  if (indispensable(left).length > 0) {
    throw new SetupError(
      `Missing for the native build (${reason}); type: sudo apt-get install -y ${left.join(' ')}`,
    );
  }
  return `without ${left.join(' ')}: ${reason}`;
}
