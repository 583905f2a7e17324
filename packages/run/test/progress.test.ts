import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { onInterrupt, Progress } from '@anacrusis/run';
import { describe, expect, test } from 'vitest';

// Expected lines follow by hand from the injected clock.

const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));

function fakeStream(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const stream = {
    isTTY,
    columns,
    destroyed: false,
    writableEnded: false,
    on: () => stream,
    write: (text: string) => written.push(text),
  };
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

describe('progress', () => {
  test('on a terminal one line is rewritten, with step, numbers, rate and time left', () => {
    const { stream, written } = fakeStream(true, 120);
    let time = 0;
    const now = () => time;
    const progress = new Progress({ label: 'train', total: 200, unit: 'tokens', stream, now });
    time = 2000;
    progress.update(10, { reward: 0.41251, accuracy: 0.5 }, 62_800);
    time = 2050;
    progress.update(11, { reward: 9 }, 62_801);
    time = 4000;
    progress.update(50, { reward: -1 }, 100_000);
    progress.close();
    expect(written.map((text) => text.replace('\r\u001b[2K', '<'))).toEqual([
      '<train  10/200  ▕▊               ▏  reward 0.413  accuracy 0.500  31.4k tokens/s  0:38 left',
      '<train  50/200  ▕████            ▏  reward -1  25.0k tokens/s  0:12 left',
      '<train  50/200  ▕████            ▏  reward -1  25.0k tokens/s  0:12 left\n',
    ]);
  });

  test('a line longer than the terminal is cut, so that it can be rewritten', () => {
    const { stream, written } = fakeStream(true, 20);
    new Progress({ label: 'a-long-name-of-a-task', total: 9, stream }).update(1, { reward: 1 });
    expect(written[0]!.replace('\r\u001b[2K', '')).toBe('a-long-name-of-a-t…');
  });

  test('elsewhere a line every few seconds, and the last step always', () => {
    const { stream, written } = fakeStream(false);
    let time = 0;
    const progress = new Progress({ label: 'train', total: 100, stream, now: () => time });
    for (let step = 1; step <= 100; step++) {
      time += 100;
      progress.update(step, { reward: 0.25 });
    }
    progress.close();
    expect(written).toEqual([
      'train   1/100  reward 0.250  10 steps/s  0:10 left\n',
      'train  51/100  reward 0.250  10 steps/s  0:05 left\n',
      'train 100/100  reward 0.250  10 steps/s  0:00 left\n',
    ]);
  });

  test('after a resume, rate and time left count from where it started', () => {
    const { stream, written } = fakeStream(false);
    let time = 0;
    const options = { label: 'train', total: 100, start: 60, stream, now: () => time };
    const progress = new Progress(options);
    time = 1000;
    progress.update(70);
    expect(written[0]).toBe('train  70/100  10 steps/s  0:03 left\n');
  });

  test('text above the line; numbers that are not finite are shown as such', () => {
    const { stream, written } = fakeStream(true);
    const progress = new Progress({ label: 't', total: 2, stream, now: () => 0 });
    progress.update(1, { kl: NaN, tiny: 1.23e-7, big: 12_345_678, mid: 123.456 });
    progress.log('saved');
    expect(written[0]).toMatch(/kl NaN {2}tiny 1.2e-7 {2}big 1.2e7 {2}mid 123.5$/);
    expect(written[1]).toMatch(/saved\n.*kl NaN/);
  });

  test('a stream that throws is given up', () => {
    const { stream } = fakeStream(true);
    stream.write = () => {
      throw new Error('gone');
    };
    const progress = new Progress({ label: 't', total: 2, stream });
    progress.update(1);
    progress.log('x');
    progress.update(2);
    progress.close();
  });

  test('a closed standard output does not end the process', async () => {
    const child = spawn(process.execPath, [fixture('closed-output')]);
    child.stdout.destroy();
    let errors = '';
    child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, errors]).toEqual([0, 'survived\n']);
  });
});

describe('interrupt', () => {
  async function run(mode: string, signals: NodeJS.Signals[]) {
    const child = spawn(process.execPath, [fixture('interrupted'), mode]);
    let output = '';
    const said = (text: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => (output.includes(text) ? resolve() : undefined);
        child.stdout.on('data', look);
        look();
      });
    child.stdout.on('data', (part: Buffer) => (output += part.toString()));
    const ended = new Promise<unknown[]>((resolve) =>
      child.on('close', (code, signal) => resolve([code, signal])),
    );
    await said('ready');
    for (const signal of signals) {
      child.kill(signal);
      await Promise.race([said('asked'), ended]);
    }
    return { result: await ended, output };
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('%s lets the loop finish', async (signal) => {
    const { result, output } = await run('', [signal]);
    expect(output).toBe(`ready\nasked by ${signal}\nsaved\n`);
    expect(result).toEqual([0, null]);
  });

  test('a second SIGINT ends the process with code 130, a second SIGTERM with 143', async () => {
    expect((await run('stubborn', ['SIGINT', 'SIGINT'])).result).toEqual([130, null]);
    expect((await run('stubborn', ['SIGINT', 'SIGTERM'])).result).toEqual([143, null]);
  });

  test('dispose restores what was before', async () => {
    const { result, output } = await run('disposed', ['SIGINT']);
    expect(output).toMatch(/saved/);
    expect(result).toEqual([null, 'SIGINT']);
    const before = process.listenerCount('SIGINT');
    const interrupt = onInterrupt();
    expect(process.listenerCount('SIGINT')).toBe(before + 1);
    expect([interrupt.requested, await interrupt.poll()]).toEqual([false, false]);
    interrupt[Symbol.dispose]();
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
