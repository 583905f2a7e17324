/**
 * An evaluator of Countdown that shares nothing with the package: it writes down every right
 * attempt (all orders of picking two positions, all signs) and looks a response up in the list.
 */
export function everyRightAttempt(numbers: number[], target: number, maxResult: number): string[] {
  const right = new Set<string>();
  const extend = (values: number[], text: string) => {
    if (values.length === 1) {
      if (values[0] === target) right.add(text.slice(0, -1));
      return;
    }
    for (let i = 0; i < values.length; i++) {
      for (let j = 0; j < values.length; j++) {
        if (i === j) continue;
        const [x, y] = [values[i]!, values[j]!];
        const others = values.filter((_, k) => k !== i && k !== j);
        for (const [sign, z] of [
          ['+', x + y],
          ['-', x - y],
          ['*', x * y],
        ] as const) {
          if (z < 1 || z > maxResult) continue;
          extend([...others, z], `${text}${x}${sign}${y}=${z},`);
        }
      }
    }
  };
  extend(numbers, '');
  return [...right].sort();
}

/** 1 if the response ends in its only `.` and the text after its last `;` is a right attempt. */
export function referenceReward(right: ReadonlySet<string>, response: string): 0 | 1 {
  const parts = response.split('.');
  if (parts.length !== 2 || parts[1] !== '') return 0;
  return right.has(parts[0]!.split(';').at(-1)!) ? 1 : 0;
}
