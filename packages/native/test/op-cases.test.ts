// Every op case against its float64 reference: synchronous and asynchronous, on one and on two threads.
// ANACRUSIS_ISA chooses the build; instruction-sets.test.ts runs this file once for each.
import { cpu, cpuInfo, descriptions, setThreads } from '@anacrusis/native';
import { allOpCases, compareOutputs, outputBits, Random, type OpArgs } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const everyCase = await allOpCases();
const ops = cpu as unknown as Record<string, (args: OpArgs) => void | Promise<void>>;

const families = {
  'attention metrics': [
    ...['attention_metrics', 'attention_metrics_from_maps', 'eviction_scores', 'head_sums'],
    ...['rhythm_credit', 'shape_advantages'],
  ],
  scans: ['gae', 'vtrace', 'retrace', 'td_lambda', 'discounted_returns'],
  'PPO losses': [
    ...['token_log_probs', 'token_log_probs_backward', 'policy_loss_logits', 'policy_loss'],
    ...['linear_token_log_probs', 'linear_token_log_probs_backward', 'linear_policy_loss'],
    ...['value_loss', 'approx_kl', 'aggregate', 'exact_sum', 'normalize_advantages'],
  ],
  'gradient statistics': ['grad_stats'],
};

describe(`op cases (${cpuInfo().isa})`, () => {
  it('has cases for every op', () => {
    const covered = new Set(everyCase.map(({ op }) => op));
    expect(descriptions.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
  });

  it('has at least 200 cases for every kernel of the four families', () => {
    const counts = new Map(Object.values(families).flatMap((all) => all.map((op) => [op, 0])));
    for (const { op, cases } of everyCase) {
      if (counts.has(op)) counts.set(op, counts.get(op)! + cases.length);
    }
    for (const [family, all] of Object.entries(families)) {
      console.log(`${family}: ${all.map((op) => `${op} ${counts.get(op)}`).join(', ')}`);
    }
    expect([...counts].filter(([, count]) => count < 200)).toEqual([]);
  });

  for (const cases of everyCase) {
    describe(cases.op, () => {
      cases.cases.forEach(({ name, args }, index) => {
        it(name, async () => {
          const make = (): OpArgs => args(new Random(index + 1));
          const expected = cases.reference(make());
          setThreads(1);
          const single = make();
          ops[cases.op]!(single);
          expect(compareOutputs(cases, single, expected)).toEqual([]);
          const bits = outputBits(cases.op, single);
          setThreads(2);
          const double = make();
          ops[cases.op]!(double);
          expect(outputBits(cases.op, double) === bits, 'same bits on two threads').toBe(true);
          const later = make();
          await ops[`${cases.op}_async`]!(later);
          expect(outputBits(cases.op, later) === bits, 'same bits when asynchronous').toBe(true);
        });
      });
    });
  }
});
