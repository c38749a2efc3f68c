// Computes medians and quantiles, and formats numbers.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** @param share e.g. 0.99 for the 99th percentile */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Formats three significant digits, with separators of thousands: `0.714`, `13.2`, `5,930`. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 1_000) return Number(value.toPrecision(3)).toLocaleString('en-US');
  return value.toPrecision(3);
}

/** Formats the median, with the minimum and the maximum in brackets. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return '-';
  return `${short(median(values))} (${short(Math.min(...values))}-${short(Math.max(...values))})`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
