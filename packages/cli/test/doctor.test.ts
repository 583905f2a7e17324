// Expected: what the doctor of @anacrusis/native finds when it is asked directly in this process
// (same machine, same binary), and for a missing binary the path that the test itself made up.
import { readFileSync } from 'node:fs';
import { diagnose, type Diagnosis, type Finding } from '@anacrusis/native/doctor';
import { emulatorPath } from '@anacrusis/testing';
import { expect, test } from 'vitest';
import { anacrusis, onlyLine } from './command.js';

const { version } = JSON.parse(
  readFileSync(new URL('../../native/package.json', import.meta.url), 'utf8'),
) as { version: string };

const missing = { ANACRUSIS_CPU_BINARY: '/nowhere/cpu.node' };

test('prints one verdict line, then every finding with its reason', async () => {
  const { verdict, findings } = diagnose();
  const { code, stdout, stderr } = await anacrusis(['doctor']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [first, second, ...rest] = stdout.trimEnd().split('\n');
  expect(first).toBe(verdict);
  expect(second).toBe('');
  const starts = rest.filter((line) => /^ {2}\S/.test(line));
  expect(starts).toHaveLength(findings.length);
  findings.forEach(({ status, subject, found, reason }, i) => {
    expect(starts[i]).toMatch(new RegExp(`^  ${status} +${subject} `));
    expect(starts[i]).toContain(found);
    for (const line of reason?.split('\n') ?? []) expect(stdout).toContain(line.trim());
  });
});

test('names the CUDA binary, and the variable that chose it', async () => {
  const made = (chosen: string): Promise<Finding | undefined> =>
    anacrusis(['doctor', '--json'], { env: { ANACRUSIS_CUDA_BINARY: chosen } }).then(({ stdout }) =>
      (JSON.parse(onlyLine(stdout)) as Diagnosis).findings.find(
        ({ subject }) => subject === 'CUDA binary',
      ),
    );
  expect(await made('/nowhere/cuda.node')).toMatchObject({
    ...{ found: 'none', status: 'fallback' },
    reason: 'ANACRUSIS_CUDA_BINARY names /nowhere/cuda.node, which does not exist',
  });
  expect(await made(emulatorPath)).toMatchObject({
    found: `${emulatorPath} (version ${version}, chosen by ANACRUSIS_CUDA_BINARY)`,
    status: 'ok',
  });
});

test('--json is the diagnosis as one line', async () => {
  const { code, stdout } = await anacrusis(['doctor', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(onlyLine(stdout))).toEqual(diagnose());
});

test('without a binary: exit code 1, one verdict line that names the file and the remedy', async () => {
  const { code, stdout, stderr } = await anacrusis(['doctor'], { env: missing });
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const [verdict, blank] = stdout.split('\n');
  expect(verdict).toMatch(/^Not working: .*\/nowhere\/cpu\.node.*npm install/);
  expect(blank).toBe('');
  expect(stdout).toMatch(/^ {2}fault +binary +none$/m);
});

test('without a binary --json says so too', async () => {
  const { code, stdout } = await anacrusis(['doctor', '--json'], { env: missing });
  expect(code).toBe(1);
  const diagnosis = JSON.parse(onlyLine(stdout)) as ReturnType<typeof diagnose>;
  expect(diagnosis.ok).toBe(false);
  const fault = diagnosis.findings.find(({ status }) => status === 'fault');
  expect(fault).toMatchObject({ subject: 'binary' });
  expect(fault!.reason).toContain('/nowhere/cpu.node');
});
