import type { Command } from 'commander';
import { UsageError } from '../failure.js';
import { addOptions, givenOptions, kebab, optionOf } from '../option-list.js';
import { optionDocs } from '../option-docs.js';
import { text, whole } from '../option-values.js';
import type { SetAction } from '../run.js';
import type { Trained, Trainer } from '../trainer.js';

/** What every trainer takes besides its own options. */
function addCommonOptions(command: Command): void {
  const runDir = 'folder of the run (default: runs/<task>-<date>-<time>)';
  const resume = 'folder of a run to continue; its options hold, only --steps may be raised';
  command
    .addOption(optionOf('runDir', { ...text, placeholder: 'folder' }, runDir))
    .addOption(optionOf('resume', { ...text, placeholder: 'folder' }, resume))
    .addOption(optionOf('threads', whole(1), 'threads of the native ops'))
    .option('--json', 'one JSON object as the last line, everything else to stderr');
}

/** A run to be continued keeps its options, so that it comes out as if it had never stopped. */
function checkResume(given: Record<string, unknown>): void {
  if (given['resume'] === undefined) return;
  const fixed = Object.keys(given).find((name) => name !== 'resume' && name !== 'steps');
  if (fixed === undefined) return;
  throw new UsageError(
    `--${kebab(fixed)} is fixed by the run: with --resume only --steps may change`,
  );
}

const interrupted = ({ resume }: Trained): string =>
  `interrupted; it continues with:\n  anacrusis train ${resume}`;

function addTrainer(parent: Command, setAction: SetAction, trainer: Trainer): void {
  const { name, summary, defaults, rules, optionsInterface } = trainer;
  const command = parent.command(name).description(summary);
  addOptions(command, defaults, rules, optionDocs('@anacrusis/trainers', optionsInterface));
  addCommonOptions(command);
  setAction(command, async (_, { threads, json }) => {
    const output = json ? process.stderr : process.stdout;
    const say = (text: string): void => void output.write(`${text}\n`);
    if (threads) (await import('@anacrusis/native')).setThreads(threads as number);
    const given = givenOptions(command, [...Object.keys(defaults), 'runDir', 'resume']);
    checkResume(given);
    const trained = await trainer.run(given, { output, say });
    if (trained.interrupted) process.stderr.write(`${interrupted(trained)}\n`);
    if (json) console.log(JSON.stringify(trained.json));
    return trained.interrupted ? 130 : 0;
  });
}

/** `anacrusis train <trainer>`. */
export async function configureTrain(command: Command, setAction: SetAction): Promise<void> {
  const { postTrainer } = await import('../post-trainer.js');
  const { pretrainer } = await import('../pretrainer.js');
  for (const trainer of [postTrainer, pretrainer]) addTrainer(command, setAction, trainer);
}
