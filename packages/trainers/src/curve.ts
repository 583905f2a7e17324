import {
  curveSvg,
  readMetrics,
  terminalCurve,
  type RunDirectory,
  type Series,
} from '@anacrusis/run';

/** A metric over the steps of a run, averaged over `window` neighbouring values. */
function series(
  run: Pick<RunDirectory, 'metricsPath'>,
  metric: string,
  label: string,
  window = 1,
): Series {
  const points = readMetrics(run.metricsPath).flatMap(({ step, [metric]: value }) =>
    value === undefined ? [] : [{ step, value }],
  );
  const smooth = points.map((_, i) => {
    const around = points.slice(Math.max(0, i - window + 1), i + 1);
    return around.reduce((total, { value }) => total + value, 0) / around.length;
  });
  return { label, x: points.map(({ step }) => step), y: smooth };
}

function accuracySeries(run: Pick<RunDirectory, 'metricsPath'>): Series[] {
  const all = [
    series(run, 'rollout/reward', 'training reward (mean of 8 steps)', 8),
    series(run, 'eval/accuracy', 'held-out accuracy, sampled'),
    series(run, 'eval/first_attempt_hit', 'held-out first-attempt hits'),
  ];
  return all.filter(({ x }) => x.length > 0);
}

/** Learning curves of a run as SVG. */
export function accuracySvg(run: Pick<RunDirectory, 'metricsPath'>, title: string): string {
  return curveSvg(accuracySeries(run), { title, xLabel: 'step', yLabel: 'share of responses' });
}

/** Learning curves of a run for a terminal. */
export function accuracyText(run: Pick<RunDirectory, 'metricsPath'>, title: string): string {
  return terminalCurve(accuracySeries(run), { title, width: 72, height: 14 });
}
