import type { Diagnosis, Finding } from '@anacrusis/native/doctor';
import type { Command } from 'commander';
import type { SetAction } from '../run.js';

const indented = (text: string, columns: number): string =>
  text.trim().replace(/\s*\n\s*/g, `\n${' '.repeat(columns)}`);

function findingText({ subject, found, status, reason }: Finding, width: number): string {
  const line = `  ${status.padEnd(8)}  ${subject.padEnd(width)}  ${found}`;
  return reason ? `${line}\n${' '.repeat(14 + width)}${indented(reason, 14 + width)}` : line;
}

/** The verdict on one line, then a line for each finding, with reasons below. */
function diagnosisText({ verdict, findings }: Diagnosis): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const lines = findings.map((finding) => findingText(finding, width));
  return [verdict.replace(/\s*\n\s*/g, ' '), '', ...lines].join('\n');
}

/** `anacrusis doctor`: loads nothing of ours but the doctor, which works without a binary. */
export function configureDoctor(command: Command, setAction: SetAction): void {
  command
    .option('--json', 'one JSON object: verdict, ok, findings')
    .addHelpText('after', '\nExit code 0 when the installation works, 1 when it does not.');
  setAction(command, async (_, { json }) => {
    const { diagnose } = await import('@anacrusis/native/doctor');
    const diagnosis = diagnose();
    console.log(json ? JSON.stringify(diagnosis) : diagnosisText(diagnosis));
    return diagnosis.ok ? 0 : 1;
  });
}
