/** Tokens per second, short. */
export function rate(tokensPerSecond: number): string {
  if (!(tokensPerSecond >= 1000)) return `${tokensPerSecond.toFixed(0)} tokens/s`;
  return `${(tokensPerSecond / 1000).toFixed(1)}k tokens/s`;
}
