import { Option, type Command } from 'commander';
import { UsageError } from '../failure.js';
import { optionOf } from '../option-list.js';
import { oneOf, real, text, whole } from '../option-values.js';
import type { SetAction } from '../run.js';

export interface InspectOptions {
  prompt?: string;
  response?: string;
  greedy: boolean;
  temperature: number;
  seed: number;
  maxNewTokens: number;
  preset?: 'tiny' | 'v1' | 'v2';
  rowAlignment: 'input' | 'predict';
  svg: string;
  stats?: boolean;
  json?: boolean;
}

const PRESETS = oneOf({ tiny: true, v1: true, v2: true });
const ALIGNMENTS = oneOf({ input: true, predict: true });

function addOptions(command: Command): void {
  const [number, file] = [real({ above: 0 }), { ...text, placeholder: 'file' }];
  const preset = 'settings of the rhythm; tiny below 9 layers, else v2';
  const rows = 'row of a token: its own, or the one that predicted it';
  const stats = 'means by place over 256 held-out Countdown responses';
  command
    .argument('<model>', 'a Hugging Face folder, or a run directory')
    .argument('[trained]', 'with --stats: the model to compare with')
    .addOption(optionOf('prompt', text, 'what the model is given'))
    .addOption(optionOf('response', text, 'look at this response; else the model samples one'))
    .option('--greedy', 'take the likeliest token instead of sampling')
    .addOption(optionOf('temperature', number, 'divisor of the logits').default(1))
    .addOption(optionOf('seed', whole(0), 'seed of the sampling').default(1))
    .addOption(optionOf('maxNewTokens', whole(1), 'longest response').default(128))
    .addOption(optionOf('preset', PRESETS, preset))
    .addOption(optionOf('rowAlignment', ALIGNMENTS, rows).default('input'))
    .addOption(optionOf('svg', file, 'where the picture goes').default('inspect.svg'))
    .addOption(new Option('--stats', stats).conflicts(['prompt', 'response']))
    .option('--json', 'one JSON object instead of text');
}

/** `anacrusis inspect`: one response, or with `--stats` the means over many. */
export function configureInspect(command: Command, setAction: SetAction): void {
  addOptions(command);
  setAction(command, async ([model, trained], given) => {
    const options = { greedy: false, ...given } as unknown as InspectOptions;
    if (options.stats) {
      const { inspectStats } = await import('../inspect-stats.js');
      inspectStats(trained === undefined ? [model!] : [model!, trained], options);
      return 0;
    }
    if (trained !== undefined) {
      throw new UsageError(`expected one model without --stats, received also '${trained}'`);
    }
    const { prompt } = options;
    if (prompt === undefined) throw new UsageError('--prompt <text> is needed, or --stats');
    const { inspectResponse } = await import('../inspect-response.js');
    inspectResponse(model!, { ...options, prompt });
    return 0;
  });
}
