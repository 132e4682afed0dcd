// Numbers in, what stands for them out.

/** @throws RangeError for no numbers at all */
export function median(values) {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The least, the median and the most. */
export const spread = (values) => ({ low: Math.min(...values), mid: median(values), high: Math.max(...values) });

/** How many times the one is the other, each measurement with the one beside it. */
export const quotients = (dividends, divisors) => dividends.map((value, i) => value / divisors[i]);
