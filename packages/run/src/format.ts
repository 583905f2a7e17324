/** A measured number in few digits: `0.4132`, `12.5`, `3.1e-5`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
  }
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(size < 10 ? 3 : size < 100 ? 2 : 1);
}

/** A count or rate in few digits: `7.25`, `312`, `31.4k`, `1.2M`. */
export function formatCount(value: number): string {
  for (const [size, suffix] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (Math.abs(value) >= size) return `${(value / size).toFixed(1)}${suffix}`;
  }
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** Seconds as `0:07`, `12:30`, `3:05:00`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
