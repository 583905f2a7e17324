import { evaluate } from '@anacrusis/trainers';
import type { InspectOptions } from './commands/inspect.js';
import { UsageError } from './failure.js';
import { openModel } from './open-model.js';
import { boundaryOf, meansByPlace, type PlaceMean } from './place-means.js';
import { BOUNDARY_RATIO, boundaryText, placeTable, type ModelMeans } from './place-table.js';
import { countdownOf } from './respond.js';
import { presetFor, rhythmOf, type Preset } from './signals.js';

const PROBLEMS = 256;

interface Inspected extends ModelMeans {
  /** All places, in the order of an attempt. */
  names: string[];
  preset: Preset;
}

/** Means by place over the responses of one model, for both row alignments. */
function inspectModel(path: string, options: InspectOptions): Inspected {
  const { model, tokenizer } = openModel(path);
  const task = countdownOf(tokenizer);
  if (!task) {
    throw new UsageError(`${path}: expected a model of Countdown, received another vocabulary`);
  }
  const { seed, temperature, greedy, preset = presetFor(model) } = options;
  const sampling = { seed, temperature, greedy, problems: PROBLEMS, samples: 1 };
  const { accuracy, rollouts } = evaluate(model, task, sampling);
  const places = rollouts.map(({ tokens }) => task.places(tokens));
  const means = (rowAlignment: 'input' | 'predict'): PlaceMean[] => {
    const signals = rhythmOf(model, rollouts, { preset, rowAlignment });
    const placed = signals.map(({ waad, fai }, i) => ({ places: places[i]!, waad, fai }));
    return meansByPlace(task.placeNames(), placed);
  };
  const [input, predict] = [means('input'), means('predict')];
  model.dispose();
  const boundary = boundaryOf(input);
  return { label: path, names: task.placeNames(), preset, accuracy, input, predict, boundary };
}

/**
 * Prints mean WAAD and FAI by place in the attempt, for one model or two beside each other.
 * @throws UsageError, CheckpointError, ConfigError for a model that cannot be used
 */
export function inspectStats(paths: readonly string[], options: InspectOptions): void {
  const models = paths.map((path) => inspectModel(path, options));
  if (options.json) {
    const rows = models.map(({ label, preset, accuracy, boundary, input, predict }) => ({
      ...{ model: label, preset, accuracy, boundary, input, predict },
    }));
    console.log(JSON.stringify({ problems: PROBLEMS, wanted_ratio: BOUNDARY_RATIO, models: rows }));
    return;
  }
  const { names, preset } = models[0]!;
  console.log(`Mean WAAD and FAI by place, ${PROBLEMS} held-out responses, preset ${preset}\n`);
  console.log(`${placeTable(names, models)}\n`);
  for (const model of models) console.log(boundaryText(model));
}
