/** Median of a list. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Smallest, median and largest. */
export function spread(values) {
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}

/** CPU-seconds of this process (user and system, all threads). */
export function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Seconds of one call, the median over `rounds` rounds of about `budget` seconds each. */
export function timePerCall(call, { rounds = 7, budget = 0.05 } = {}) {
  const run = (times) => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < times; i++) call();
    return Number(process.hrtime.bigint() - start) / 1e9;
  };
  let times = 1;
  while (run(times) < budget && times < 1e9) times *= 2;
  return median(Array.from({ length: rounds }, () => run(times) / times));
}
