/**
 * The highest number that any row has, found by asking only whether there is a row after a number. Pure but for
 * `hasAfter`. The log is read in its own order, from the oldest; the page shows it from the newest.
 */
export async function findLast(hasAfter: (seq: number) => Promise<boolean>): Promise<number> {
  if (!(await hasAfter(0))) return 0;
  let low = 0;
  let high = 1_024;
  while (await hasAfter(high)) {
    low = high;
    high *= 2;
  }
  // A row lies after `low` and none after `high`.
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await hasAfter(middle)) low = middle;
    else high = middle;
  }
  return high;
}
