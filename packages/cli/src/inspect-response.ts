import { tokenStripSvg, tokenStripText } from '@anacrusis/run';
import { CheckpointError } from '@anacrusis/tensor';
import { writeFileSync } from 'node:fs';
import type { InspectOptions } from './commands/inspect.js';
import { openModel } from './open-model.js';
import { respond, tokenTexts } from './respond.js';
import { presetFor, rhythmOf, type TokenSignals } from './signals.js';
import { rhythmStrip, stripWidth } from './strip.js';

function asJson(tokens: string[], signals: TokenSignals): Record<string, unknown>[] {
  const { waad, fai, preplan, anchor, credit } = signals;
  return tokens.map((token, i) => ({
    ...{ token, waad: waad[i], fai: fai[i], preplan: preplan[i], anchor: anchor[i] },
    credit: { local: credit.local[i], global: credit.global[i], coupled: credit.coupled[i] },
  }));
}

function writeSvg(file: string, svg: string): void {
  try {
    writeFileSync(file, svg);
  } catch (error) {
    throw CheckpointError.from(error, file);
  }
}

/**
 * Prints one response with its rhythm, and draws it.
 * @throws UsageError, CheckpointError, ConfigError for a model, text or file that cannot be used
 */
export function inspectResponse(path: string, options: InspectOptions & { prompt: string }): void {
  const opened = openModel(path);
  const exchange = respond(opened, options.prompt, options.response, options);
  const preset = options.preset ?? presetFor(opened.model);
  const { rowAlignment, svg, json } = options;
  const [signals] = rhythmOf(opened.model, [exchange], { preset, rowAlignment });
  const tokens = tokenTexts(opened.tokenizer, exchange.tokens);
  const title = `${options.prompt}   (${path}, preset ${preset}, rows ${rowAlignment})`;
  const strip = rhythmStrip(title, tokens, signals!);
  writeSvg(svg, tokenStripSvg(strip));
  if (json) {
    const { prompt } = options;
    const response = opened.tokenizer.decode(exchange.tokens);
    const head = { model: path, prompt, response, preset, row_alignment: rowAlignment, svg };
    console.log(JSON.stringify({ ...head, tokens: asJson(tokens, signals!) }));
  } else {
    const text = tokenStripText(strip, { width: stripWidth(process.stdout) });
    console.log(`${text}\ndrawn in ${svg}`);
  }
}
