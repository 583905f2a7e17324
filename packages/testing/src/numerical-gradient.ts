/** Gradient of a scalar function at x by central differences, in float64 (error about h^2). */
export function numericalGradient(
  f: (x: Float64Array) => number,
  x: ArrayLike<number>,
  h = 1e-5,
): Float64Array {
  const point = Float64Array.from(x);
  return point.map((value, i) => {
    point[i] = value + h;
    const above = f(point);
    point[i] = value - h;
    const below = f(point);
    point[i] = value;
    return (above - below) / (2 * h);
  });
}

/** sum of weights[i] * values[i]: turns an output into a scalar whose gradient is a backward call. */
export function weightedSum(weights: ArrayLike<number>, values: ArrayLike<number>): number {
  return Array.from(weights).reduce((sum, weight, i) => sum + weight * values[i]!, 0);
}
