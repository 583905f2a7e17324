import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { describeError, exitCodeOf } from './failure.js';

/** Puts a command's options and action on it; the action returns the exit code. */
type Configure = (command: Command, setAction: SetAction) => void | Promise<void>;

/** Registers what a (sub)command does. */
export type SetAction = (command: Command, action: Action) => void;

export type Action = (args: string[], options: Record<string, unknown>) => Promise<number>;

/** The commands; what one needs is loaded when it is called, so that the others start at once. */
const commands: Record<string, { summary: string; load: () => Promise<Configure> }> = {
  train: {
    summary: 'train a model: post-train, pretrain',
    load: async () => (await import('./commands/train.js')).configureTrain,
  },
  inspect: {
    summary: "a response token by token with the model's attention rhythm",
    load: async () => (await import('./commands/inspect.js')).configureInspect,
  },
  doctor: {
    summary: 'what this installation can do, and why not more',
    load: async () => (await import('./commands/doctor.js')).configureDoctor,
  },
};

/** One line for every refusal, whatever commander puts into it. */
const oneLine = (text: string): string => `${text.trim().replace(/\s*\n\s*/g, ' ')}\n`;

function newProgram(): Command {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return new Command('anacrusis')
    .description('Reinforcement learning that listens to what goes on inside networks.')
    .version(version, '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) });
}

/**
 * Runs the command line.
 * @param argv what follows `anacrusis`
 * @returns the exit code: 0, 1 for a failure, 2 for wrong usage, 130 after an interrupt
 */
export async function run(argv: readonly string[]): Promise<number> {
  const program = newProgram();
  let exitCode = 0;
  const setAction: SetAction = (command, action) => {
    command.action(async () => {
      exitCode = await action(command.processedArgs as string[], command.opts());
    });
  };
  const wanted = argv.find((word) => Object.hasOwn(commands, word));
  try {
    for (const [name, { summary, load }] of Object.entries(commands)) {
      const command = program.command(name).description(summary);
      if (name === wanted) await (await load())(command, setAction);
    }
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) process.stderr.write(describeError(error));
    return exitCodeOf(error);
  }
}
