import { tokenStripText } from '@anacrusis/run';
import type { PostTrainOptions, PostTrainResult } from '@anacrusis/trainers';
import { openModel } from './open-model.js';
import { tokensOf, tokenTexts } from './respond.js';
import { rhythmOf, type RhythmOptions } from './signals.js';
import { signalBars, stripWidth } from './strip.js';

/** One response with WAAD and FAI under its tokens. */
function sampleText(
  title: string,
  folder: string,
  { prompt, response }: PostTrainResult['before']['sample'],
  options: RhythmOptions,
  width: number,
): string {
  const opened = openModel(folder);
  const exchange = {
    prompt: tokensOf(opened.tokenizer, 'sample', prompt),
    tokens: tokensOf(opened.tokenizer, 'sample', response),
  };
  const [signals] = rhythmOf(opened.model, [exchange], options);
  opened.model.dispose();
  const tokens = tokenTexts(opened.tokenizer, exchange.tokens);
  return tokenStripText({ title, tokens, bars: signalBars(signals!) }, { width });
}

/** A response to the same held-out problem before and after training, with its rhythm. */
export function beforeAndAfter(
  result: PostTrainResult,
  options: PostTrainOptions,
  output: NodeJS.WriteStream,
): string {
  const { before, after, base_dir: base, model_dir: model } = result;
  const title = `held-out problem ${before.sample.prompt}`;
  return [
    sampleText(`${title}  before`, base, before.sample, options, stripWidth(output)),
    sampleText(`${title}  after`, model, after.sample, options, stripWidth(output)),
  ].join('\n');
}
